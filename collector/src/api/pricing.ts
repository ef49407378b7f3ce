/**
 * `GET /api/v1/pricing`: the list prices of a model at a moment.
 *
 * Invariant: these are the prices that calls are rated with, from the same book.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { listPrices, priceBookOf } from '@spanmeter/middleware/pricing'
import { text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint, NotFound } from './endpoint.ts'
import { billedName } from './price-explanation.ts'
import { tableOf } from './table.ts'

const MINUTE = 60_000

interface Pricing {
  provider: string
  model: string
  matched_model: string
  price_version: string
  at: string
  currency: 'USD'
  prices: {
    billed: string
    unit: 'token' | 'piece'
    unit_price_exact: string
    price_per_million: number
    tiers: { above_input_tokens: number; unit_price_exact: string }[]
  }[]
}

const schema: z.ZodType<Pricing> = z
  .object({
    provider: text('Provider in the price book.'),
    model: text('The model that was asked for.'),
    matched_model: text('The entry of the book that it is.'),
    price_version: text('Version of the prices.'),
    at: z.iso.datetime().openapi({ description: 'When they hold, UTC.' }),
    currency: z.literal('USD'),
    prices: z.array(
      z.object({
        billed: text('The token bucket, or `web_searches` and `requests`.'),
        unit: z.enum(['token', 'piece']),
        unit_price_exact: text('USD for one: exact.'),
        price_per_million: z.number().openapi({ description: 'USD for a million of them.' }),
        tiers: z
          .array(
            z.object({
              above_input_tokens: z.number().openapi({ description: 'Holds for the whole call above this.' }),
              unit_price_exact: text('USD for one: exact.'),
            }),
          )
          .openapi({ description: 'Other prices for calls with long inputs.' }),
      }),
    ),
  })
  .openapi('Pricing')

/** Looks prices up. Pure. */
function pricing(provider: string, model: string, at: number): Pricing | undefined {
  const book = priceBookOf(provider)
  const found = listPrices(book, model, new Date(at))
  return (
    found && {
      provider: book,
      model,
      matched_model: found.model,
      price_version: found.priceVersion,
      at: new Date(at).toISOString(),
      currency: 'USD',
      prices: found.units.map(({ billed, unitPrice, tiers }) => ({
        billed: billedName(billed),
        unit: billed === 'webSearches' || billed === 'requests' ? 'piece' : 'token',
        unit_price_exact: unitPrice,
        price_per_million: Number((Number(unitPrice) * 1e6).toPrecision(12)),
        tiers: tiers.map((tier) => ({
          above_input_tokens: tier.above,
          unit_price_exact: tier.unitPrice,
        })),
      })),
    }
  )
}

/** Creates the endpoint. */
export function createPricing(options: ApiOptions): OpenAPIHono {
  const example = pricing('openai', 'gpt-4o-mini', Date.parse('2026-03-01'))
  if (example === undefined) throw new Error('cannot show an example price: the book lost its model')
  const name = z.string().min(1, 'is empty; write a name').max(256)
  return createEndpoint(options, {
    path: '/api/v1/pricing',
    operationId: 'getPricing',
    summary: 'List prices of a model',
    description: 'What a token of each kind costs at a moment, as the price book says that rates calls.',
    query: {
      provider: name.openapi({
        description: 'Provider, as in telemetry or in the book.',
        example: 'openai',
      }),
      model: name.openapi({ description: 'Model, by any name that calls carry.', example: 'gpt-4o-mini' }),
      at: z.iso
        .datetime({ offset: true, error: 'must be a date-time such as 2026-03-01T00:00:00Z' })
        .optional()
        .openapi({ description: 'Moment at which the prices hold; default: now, to the minute.' }),
    },
    finds: true,
    schema,
    example,
    table: (body) => tableOf(`pricing-${body.matched_model.replaceAll(/[^\w-]+/g, '-')}`, body.prices),
    async answer({ query, now }) {
      const at = query.at === undefined ? now - (now % MINUTE) : Date.parse(query.at)
      return (
        pricing(query.provider, query.model, at) ??
        new NotFound(
          `cannot find prices of ${query.model} by ${query.provider}: the price book does not know it; calls of it are unpriced`,
        )
      )
    },
  })
}
