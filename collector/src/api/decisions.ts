/**
 * `GET /api/v1/decisions/{id}`: why a call was blocked, downgraded, warned of or let through without a check.
 *
 * Invariant: what is shown is what the service had in hand when it decided, not how things stand now.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { StoredDecision } from '../budgets/decision-log.ts'
import { text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint, NotFound } from './endpoint.ts'

interface DecisionBody {
  id: string
  at: string
  outcome: string
  code: string
  budget: string
  scope: Record<string, string>
  period: string | null
  unit: string
  requested: string
  limit: string | null
  committed: string | null
  held: string | null
  lease: { ceiling: string; settled: string; held: string } | null
  price_version: string | null
  instance: string
}

const EXAMPLE: DecisionBody = {
  ...{ id: '2b0c5f1e-6c0b-4c6b-9f0a-3f8f7a1d2c11', at: '2026-03-11T15:30:00.000Z', outcome: 'blocked' },
  ...{ code: 'budget-exceeded', budget: 'tenant-month', scope: { tenant: 'acme', model: 'gpt-4o-mini' } },
  ...{
    period: 'month:2026-03-01',
    unit: 'usd',
    requested: '0.02',
    limit: '100',
    committed: '99.99',
    held: '0',
  },
  ...{
    lease: { ceiling: '12.5', settled: '12.5', held: '0' },
    price_version: 'genai-prices@0.1.8',
    instance: '6f9d6b0a',
  },
}

export function createDecisions(options: ApiOptions): OpenAPIHono {
  const amount = (what: string) => text(`${what}, in \`unit\`.`)
  return createEndpoint<Record<never, never>, DecisionBody>(options, {
    path: '/api/v1/decisions/{id}',
    operationId: 'getDecision',
    summary: 'Why a call was blocked, or let through although',
    description:
      'A decision by its id: a refusal carries it as `decision_id`, a span as `spanmeter.budget.decision_id`.',
    query: {},
    params: { id: 'Id of the decision.' },
    schema: z
      .object({
        id: text('Id of the decision.'),
        at: z.iso.datetime().openapi({ description: "When, UTC by the service's clock." }),
        outcome: text('`blocked`, `downgraded`, `throttled`, `shadow`, `warned` or `degraded`.'),
        code: text("Why: the last word of the refusal's type."),
        budget: text('The budget that decided.'),
        scope: z.record(z.string(), z.string()).openapi({ description: 'Who asked, and for what.' }),
        period: text('Key of the period; null where the service had none.').nullable(),
        unit: text('What the budget counts in.'),
        requested: amount('What was asked for'),
        limit: amount('The limit').nullable(),
        committed: amount('What was spent by all').nullable(),
        held: amount('What calls under way held').nullable(),
        lease: z
          .object({
            ceiling: amount('What the service may spend in the period in all'),
            settled: amount('What it had spent'),
            held: amount('What its calls under way held'),
          })
          .nullable()
          .openapi({ description: 'What the service had in hand.' }),
        price_version: text('Which prices the amounts in USD are by; null where none was needed.').nullable(),
        instance: text('The process that decided.'),
      })
      .openapi('Decision'),
    example: EXAMPLE,
    async answer({ params, tenant }) {
      const found = options.budgets?.decisions.get(params.id ?? '')
      if (!found || (tenant !== undefined && found.scope.tenant !== tenant))
        return new NotFound(`cannot find decision ${params.id}: it is not known; the last 20,000 are kept`)
      return bodyOf(found)
    },
  })
}

function bodyOf(found: StoredDecision): DecisionBody {
  const { id, at, outcome, code, budget, scope, subject, period, unit, requested, lease, instance } = found
  const named = Object.entries({ ...scope, ...subject }).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  )
  return {
    ...{ id, at: new Date(at).toISOString(), outcome, code, budget, scope: Object.fromEntries(named) },
    ...{
      period: period ?? null,
      unit,
      requested,
      limit: found.limit ?? null,
      committed: found.committed ?? null,
    },
    ...{
      held: found.held ?? null,
      lease: lease ?? null,
      price_version: found.priceVersion ?? null,
      instance,
    },
  }
}
