/**
 * Runs as the API shows them.
 *
 * Invariant: what is not known is null; a run that is not over has no end.
 */
import { z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import type { RunRow } from '../query/runs.ts'
import { count, exactText, number, text } from './amounts.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { type UsageEvent, usageEventSchema } from './event-schema.ts'

/** A run with what its calls come to. */
export interface Run {
  run_id: string
  tenant_id: string | null
  user_id: string | null
  name: string | null
  status: string | null
  started_at: string
  completed_at: string | null
  duration_seconds: number
  calls: number
  errors: number
  total_tokens: number
  cost: number
  cost_exact: string
  unpriced_calls: number
  models: string[]
  error_type: string | null
}
const runSchema: z.ZodType<Run> = z
  .object({
    run_id: text('Run; an id belongs to its tenant.'),
    tenant_id: text('Tenant.').nullable(),
    user_id: text('End user.').nullable(),
    name: text('Name of the run.').nullable(),
    status: text(
      '`running`, `success`, `failed` or `cancelled`, as its spans say; null when none does.',
    ).nullable(),
    started_at: text('Start of its first span in the period, UTC.'),
    completed_at: text('End of its last span, UTC; null while it is not over.').nullable(),
    duration_seconds: number('From its first span to the end of its last one.'),
    calls: count('Calls to paid APIs.'),
    errors: count('Calls that ended in an error.'),
    total_tokens: count('Input and output tokens.'),
    cost: number('Sum of the known costs, USD: the nearest double.'),
    cost_exact: exactText('Sum of the known costs'),
    unpriced_calls: count('Calls without a known cost.'),
    models: z.array(z.string()).openapi({ description: 'Models that answered, at most 20.' }),
    error_type: text('Class of its last error.').nullable(),
  })
  .openapi('Run')

/** A time of the store as ISO. */
export const iso = (utc: string): string => `${utc.replace(' ', 'T')}Z`

/** Shows a run. Pure. */
export function runOf(row: RunRow): Run {
  const exact = formatDecimal(parseDecimal(row.cost))
  return {
    run_id: row.run_id,
    tenant_id: row.tenant_id || null,
    user_id: row.user_id || null,
    name: row.name || null,
    status: row.status || null,
    started_at: iso(row.started),
    completed_at: row.status === '' || row.status === 'running' ? null : iso(row.ended),
    duration_seconds: Number(row.seconds),
    calls: Number(row.calls),
    errors: Number(row.errors),
    total_tokens: Number(row.input_tokens) + Number(row.output_tokens),
    cost: Number(exact),
    cost_exact: exact,
    unpriced_calls: Number(row.unpriced_calls),
    models: [...row.models],
    error_type: row.error_type || null,
  }
}

/** A page of runs. */
export interface RunsBody {
  period: PeriodBody
  runs: Run[]
  has_more: boolean
}
/** A page of runs. */
export const runsSchema: z.ZodType<RunsBody> = z
  .object({
    period: periodSchema,
    runs: z.array(runSchema).openapi({ description: 'Newest first.' }),
    has_more: z.boolean().openapi({ description: 'Whether more follow after `offset` + `limit`.' }),
  })
  .openapi('Runs')

/** A run with its calls. */
export interface RunBody {
  run: Run
  calls: UsageEvent[]
  has_more_calls: boolean
}
/** A run with its calls. */
export const oneSchema: z.ZodType<RunBody> = z
  .object({
    run: runSchema,
    calls: z.array(usageEventSchema).openapi({ description: 'Its first 200 calls, in order.' }),
    has_more_calls: z.boolean().openapi({ description: 'The rest: `/api/v1/usage/events?run_id=`.' }),
  })
  .openapi('RunWithCalls')
