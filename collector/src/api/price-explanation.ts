/**
 * Why a call costs what it costs: buckets times unit prices, beside what is stored.
 *
 * Invariant: the stored cost is never replaced. Where the parts do not sum to it, the answer says by how much
 * and what can be the cause.
 */
import { z } from '@hono/zod-openapi'
import { explain, priceBookOf, priceVersion } from '@spanmeter/middleware/pricing'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import type { EventRow } from '../query/usage-events.ts'
import { exactText, text } from './amounts.ts'

const STATES = ['explained', 'billed_by_provider', 'differs', 'unexplained', 'unpriced'] as const

interface Part {
  billed: string
  quantity: number
  unit_price_exact: string
  cost_exact: string
}
/** Where a cost comes from. */
export interface PriceExplanation {
  state: (typeof STATES)[number]
  detail: string
  cost_exact: string | null
  cost_source: string | null
  price_version: string | null
  book: { version: string; provider: string; model: string; factor: string } | null
  parts: Part[]
  parts_total_exact: string | null
  difference_exact: string | null
}

/** The schema of an explanation. */
export const priceExplanationSchema: z.ZodType<PriceExplanation> = z
  .object({
    state: z.enum(STATES).openapi({
      description:
        '`explained`: the parts sum to the cost. `billed_by_provider`: the provider said what it bills; the parts ' +
        'are list prices beside it. `differs`: the parts sum to something else. `unexplained`: there is a cost, but ' +
        'the book has no price. `unpriced`: there is no cost.',
    }),
    detail: text('The same in a sentence.'),
    cost_exact: exactText('The stored cost').nullable(),
    cost_source: text('`provider`, `local`, `collector` or `reported`; null without a cost.').nullable(),
    price_version: text('Version of the prices that rated the call.').nullable(),
    book: z
      .object({
        version: text('Version of the prices used here.'),
        provider: text('Provider in the price book.'),
        model: text('Model in the price book.'),
        factor: text('What the tier does to list prices, as a fraction: `1/2` is half price.'),
      })
      .nullable()
      .openapi({ description: 'Where the unit prices are from; null where the book has none.' }),
    parts: z.array(
      z.object({
        billed: text('The token bucket, or `web_searches` and `requests`.'),
        quantity: z.number().openapi({ description: 'Tokens or pieces.' }),
        unit_price_exact: text('USD for one of them, after the factor: exact.'),
        cost_exact: text('quantity × unit price, USD: exact, not rounded.'),
      }),
    ),
    parts_total_exact: exactText('Sum of the parts, rounded once to 12 decimals').nullable(),
    difference_exact: exactText('Stored cost minus the parts').nullable(),
  })
  .openapi('PriceExplanation')

const NAMES: Readonly<Record<string, string>> = {
  input: 'input_uncached_tokens',
  cacheRead: 'cache_read_tokens',
  cacheReadAudio: 'cache_read_audio_tokens',
  cacheWrite5m: 'cache_write_5m_tokens',
  cacheWrite1h: 'cache_write_1h_tokens',
  cacheWriteOther: 'cache_write_other_tokens',
  audioInput: 'input_audio_tokens',
  imageInput: 'input_image_tokens',
  outputText: 'output_text_tokens',
  reasoning: 'reasoning_tokens',
  audioOutput: 'output_audio_tokens',
  imageOutput: 'output_image_tokens',
  webSearches: 'web_searches',
  requests: 'requests',
}

/** What something that is billed is called in answers. */
export function billedName(billed: string): string {
  return NAMES[billed] ?? billed
}

/** Explains the cost of a stored call. Pure. */
export function explainPrice(row: EventRow): PriceExplanation {
  const provider = priceBookOf(row.provider)
  const found = explain({
    provider,
    models: [row.response_model, row.request_model, row.model],
    usage: usageOf(row),
    at: new Date(`${row.start_time_text.slice(0, 23).replace(' ', 'T')}Z`),
    modifiers: row.service_tier === '' ? [] : [`service_tier:${row.service_tier.toLowerCase()}`],
  })
  const cost = row.cost_text === null ? null : formatDecimal(parseDecimal(row.cost_text))
  const difference =
    cost === null || found === undefined ? null : formatDecimal(parseDecimal(cost) - parseDecimal(found.cost))
  const state = stateOf(row, found !== undefined, difference)
  return {
    state,
    detail: sentence(state, row, difference),
    cost_exact: cost,
    cost_source: row.cost_source || null,
    price_version: row.price_version || null,
    book: found
      ? {
          version: found.priceVersion,
          provider,
          model: found.model,
          factor: `${found.factor.times}/${found.factor.over}`,
        }
      : null,
    parts: (found?.parts ?? []).map((part) => ({
      billed: billedName(part.billed),
      quantity: part.quantity,
      unit_price_exact: part.unitPrice,
      cost_exact: part.cost,
    })),
    parts_total_exact: found?.cost ?? null,
    difference_exact: difference,
  }
}

/** The disjoint buckets of a row as the totals and details that prices are for. */
function usageOf(row: EventRow): Parameters<typeof explain>[0]['usage'] {
  const count = (name: keyof EventRow): number => Number(row[name])
  const writes = ['cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_write_other_tokens'] as const
  return {
    input: count('input_tokens'),
    output: count('output_tokens'),
    cacheRead: count('cache_read_tokens'),
    cacheWrite: writes.reduce((sum, name) => sum + count(name), 0),
    cacheWrite5m: count('cache_write_5m_tokens'),
    cacheWrite1h: count('cache_write_1h_tokens'),
    reasoning: count('reasoning_tokens'),
    audioInput: count('input_audio_tokens'),
    audioOutput: count('output_audio_tokens'),
    imageInput: count('input_image_tokens'),
    imageOutput: count('output_image_tokens'),
  }
}

function stateOf(row: EventRow, found: boolean, difference: string | null): PriceExplanation['state'] {
  if (row.cost_text === null) return 'unpriced'
  if (row.cost_source === 'provider') return 'billed_by_provider'
  if (!found) return 'unexplained'
  return difference === '0' ? 'explained' : 'differs'
}

const UNPRICED: Readonly<Record<string, string>> = {
  unknown_model: 'no price book knows the model',
  missing_usage: 'nobody reported what it used',
  unpriced_usage: 'it used something that has no price',
  failed: 'the provider refused it without usage, so there is nothing to bill',
}

function sentence(state: PriceExplanation['state'], row: EventRow, difference: string | null): string {
  const estimated = row.usage_source === 'estimated' ? ' The token counts are estimates.' : ''
  switch (state) {
    case 'unpriced':
      return `The call has no cost: ${UNPRICED[row.unpriced_reason] ?? row.unpriced_reason}.`
    case 'billed_by_provider':
      return difference === null || difference === '0'
        ? 'The provider said what it bills for the call.'
        : `The provider said what it bills for the call; that is ${difference} USD beside its list prices.`
    case 'unexplained':
      return `The sender rated the call; prices of ${priceVersion} do not know its model or tier.${estimated}`
    case 'differs': {
      const versions =
        row.price_version === priceVersion
          ? 'something that is not stored was billed as well, such as searches, a region or a faster mode, or the sender has prices of its own'
          : `it was rated with ${row.price_version || 'unnamed prices'}, and these are of ${priceVersion}`
      return `The parts do not sum to the stored cost: ${versions}.${estimated}`
    }
    default:
      return `Every part is tokens times the price at the time of the call.${estimated}`
  }
}
