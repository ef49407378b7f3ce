/**
 * `GET /api/v1/limits/check`: whether something would be let through now.
 *
 * Invariant: it only reads; between the answer and the deed others may be faster, so what must hold is asked with
 * `admit()` or `run()`, which set it aside.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  BUDGET_STATUSES,
  BUDGET_UNITS,
  DIMENSIONS,
  parseAmount,
  type Scope,
} from '@spanmeter/middleware/quota'
import { type AccountView, accountsFor, viewOf } from '../budgets/view.ts'
import { text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { ledgerOf } from './budget-reader.ts'
import { accountSchema, EXAMPLE_ACCOUNT } from './budget-schema.ts'
import { createEndpoint } from './endpoint.ts'

interface LimitsCheck {
  allowed: boolean
  status: AccountView['status']
  detail: string
  remaining: string | null
  resets_at: string | null
  budgets: AccountView[]
}

const name = z.string().min(1).max(256).optional()
const amount = z.string().regex(/^\d{1,20}(\.\d{1,12})?$/, 'must be a decimal of 0 or more')
/** As the filters of the other addresses are called. */
const PARAMETERS: Readonly<Record<(typeof DIMENSIONS)[number], string>> = {
  ...{ tenant: 'tenant_id', user: 'user_id', key: 'key', agent: 'agent_id', conversation: 'conversation_id' },
  ...{ feature: 'feature', model: 'model', provider: 'provider', service: 'service' },
}

export function createLimitsCheck(options: ApiOptions): OpenAPIHono {
  const query = {
    ...Object.fromEntries(
      DIMENSIONS.map((one) => [PARAMETERS[one], name.openapi({ description: `The ${one} that asks.` })]),
    ),
    unit: z
      .enum(BUDGET_UNITS)
      .default('usd')
      .openapi({ description: 'What is asked for.', default: 'usd', type: 'string' }),
    meter: name.openapi({ description: 'Name of the meter, where the unit is `meter`.' }),
    amount: amount
      .optional()
      .openapi({ description: 'How much; default: as little as there is.', type: 'string' }),
  }
  return createEndpoint<typeof query, LimitsCheck>(options, {
    path: '/api/v1/limits/check',
    operationId: 'checkLimits',
    summary: 'Whether something would be let through now',
    description:
      'Reads the ledger. To be sure of the room, ask with `admit()` or `run()`: they set it aside.',
    query,
    schema: z
      .object({
        allowed: z.boolean().openapi({ description: 'No budget that blocks is in the way.' }),
        status: z.enum(BUDGET_STATUSES).openapi({ description: 'Of the tightest budget.' }),
        detail: text('Why.'),
        remaining: text('Of the tightest budget; null without a limit.').nullable(),
        resets_at: z.iso
          .datetime()
          .nullable()
          .openapi({ description: 'When the tightest budget begins anew; null without one.' }),
        budgets: z.array(accountSchema).openapi({ description: 'Budgets that it counts in.' }),
      })
      .openapi('LimitsCheck'),
    example: {
      ...{ allowed: true, status: 'warning', detail: 'there is room' },
      ...{ remaining: '15.3', resets_at: '2026-03-31T22:00:00.000Z', budgets: [EXAMPLE_ACCOUNT] },
    },
    async answer({ query, now, tenant }) {
      const ledger = ledgerOf(options)
      const said = query as Record<string, string | undefined>
      const scope = Object.fromEntries(DIMENSIONS.map((one) => [one, said[PARAMETERS[one]]])) as Scope
      const asked = tenant === undefined ? scope : { ...scope, tenant }
      const views = accountsFor(ledger, asked)
        .map((account) => viewOf(ledger, account, now))
        .filter(({ unit, meter }) => unit === query.unit && (unit !== 'meter' || meter === query.meter))
        .sort((a, b) => (b.percent ?? -1) - (a.percent ?? -1))
      const wanted = query.amount === undefined ? 1n : parseAmount(query.amount)
      const blocking = views.find(
        ({ action, limit, remaining, status }) =>
          action === 'block' &&
          limit !== null &&
          (status === 'limit_reached' || status === 'suspended' || parseAmount(remaining ?? '0') < wanted),
      )
      const [tightest] = blocking ? [blocking] : views
      return {
        allowed: blocking === undefined,
        status: tightest?.status ?? 'active',
        detail: blocking ? reasonOf(blocking) : 'there is room',
        remaining: tightest?.remaining ?? null,
        resets_at: tightest?.resets_at ?? null,
        budgets: views,
      }
    },
  })
}

function reasonOf({ budget, limit, committed, held, unit, meter, status, resets_at }: AccountView): string {
  const until = resets_at === null ? '' : `, until ${resets_at}`
  if (status === 'suspended') return `the subscription behind budget ${budget} is suspended`
  const what = status === 'limit_reached' ? 'limit reached' : 'not enough is left'
  return `${what}: ${committed} of ${limit} ${meter ?? unit} of budget ${budget} are used and ${held} held${until}`
}
