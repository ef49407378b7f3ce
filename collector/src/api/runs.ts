/**
 * `GET /api/v1/runs`, `/runs/usage`, `/runs/{id}`: jobs with what their calls come to.
 *
 * Invariant: only successful runs count against a limit; what failed runs cost is shown all the same.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { type Filters, filterShape, pickFilters, repeatable } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { listRuns, RUN_STATUSES, type RunRow, type RunsUsage, runsUsage } from '../query/runs.ts'
import { usageEvents } from '../query/usage-events.ts'
import { dateAt, startOfDay } from '../query/zone.ts'
import { count, exactText, number, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint, NotFound } from './endpoint.ts'
import { exampleCall } from './event-example.ts'
import { creditRates, usageEvent } from './event-response.ts'
import { type UsageEvent, usageEventSchema } from './event-schema.ts'
import { tableOf } from './table.ts'
import { examplePeriod, exampleSums } from './usage-example.ts'
import { wholeNumber } from './whole-number.ts'

interface Run {
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

const iso = (utc: string): string => `${utc.replace(' ', 'T')}Z`

function runOf(row: RunRow): Run {
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

interface RunsBody {
  period: PeriodBody
  runs: Run[]
  has_more: boolean
}
const runsSchema: z.ZodType<RunsBody> = z
  .object({
    period: periodSchema,
    runs: z.array(runSchema).openapi({ description: 'Newest first.' }),
    has_more: z.boolean().openapi({ description: 'Whether more follow after `offset` + `limit`.' }),
  })
  .openapi('Runs')

interface RunBody {
  run: Run
  calls: UsageEvent[]
  has_more_calls: boolean
}
const oneSchema: z.ZodType<RunBody> = z
  .object({
    run: runSchema,
    calls: z.array(usageEventSchema).openapi({ description: 'Its first 200 calls, in order.' }),
    has_more_calls: z.boolean().openapi({ description: 'The rest: `/api/v1/usage/events?run_id=`.' }),
  })
  .openapi('RunWithCalls')

const LIMIT_STATUSES = ['active', 'warning', 'limit_reached'] as const
interface RunsUsageBody {
  monthlyUsage: {
    user_id: string | null
    month: string
    total_runs: number
    successful_runs: number
    failed_runs: number
    cancelled_runs: number
    running_runs: number
    total_tokens: number
    total_cost_usd: number
    total_cost_exact: string
    unpriced_calls: number
    last_run_at: string | null
  }
  canRunMore: boolean | null
  monthlyLimit: number | null
  remaining: number | null
  resetsAt: string
  status: (typeof LIMIT_STATUSES)[number] | null
}
const usageSchema: z.ZodType<RunsUsageBody> = z
  .object({
    monthlyUsage: z.object({
      user_id: text('The user that was asked for, where it is one.').nullable(),
      month: text('`2026-03`, in the zone.'),
      total_runs: count('Runs of the month.'),
      successful_runs: count('With status `success`.'),
      failed_runs: count('With status `failed`.'),
      cancelled_runs: count('With status `cancelled`.'),
      running_runs: count('With status `running`.'),
      total_tokens: count('Tokens of the calls of all runs.'),
      total_cost_usd: number('Known cost of the calls of all runs, USD.'),
      total_cost_exact: exactText('Known cost of the calls of all runs'),
      unpriced_calls: count('Calls without a known cost.'),
      last_run_at: text('Start of the newest run, UTC.').nullable(),
    }),
    canRunMore: z.boolean().nullable().openapi({
      description: 'Whether fewer runs succeeded than `monthlyLimit`; null without `monthly_limit`.',
    }),
    monthlyLimit: count('The limit that was asked with.').nullable(),
    remaining: count('Successful runs that are left.').nullable(),
    resetsAt: z.iso.datetime().openapi({ description: 'First instant of the next month, UTC.' }),
    status: z
      .enum(LIMIT_STATUSES)
      .nullable()
      .openapi({ description: '`warning` from 80 % of the limit on; null without `monthly_limit`.' }),
  })
  .openapi('RunsUsage')

function usageBody(
  month: { readonly name: string; readonly end: number },
  filters: Filters,
  usage: RunsUsage,
  limit: number | null,
): RunsUsageBody {
  const exact = formatDecimal(parseDecimal(usage.cost))
  const done = Number(usage.success)
  const used =
    limit === null ? null : done >= limit ? 'limit_reached' : done >= limit * 0.8 ? 'warning' : 'active'
  return {
    monthlyUsage: {
      user_id: filters.user_id?.length === 1 ? (filters.user_id[0] ?? null) : null,
      month: month.name,
      total_runs: Number(usage.runs),
      successful_runs: done,
      failed_runs: Number(usage.failed),
      cancelled_runs: Number(usage.cancelled),
      running_runs: Number(usage.running),
      total_tokens: Number(usage.tokens),
      total_cost_usd: Number(exact),
      total_cost_exact: exact,
      unpriced_calls: Number(usage.unpriced_calls),
      last_run_at: usage.last === '' ? null : iso(usage.last),
    },
    canRunMore: limit === null ? null : done < limit,
    monthlyLimit: limit,
    remaining: limit === null ? null : Math.max(0, limit - done),
    resetsAt: new Date(month.end).toISOString(),
    status: used,
  }
}

const status = repeatable(
  z.enum(RUN_STATUSES),
  { type: 'string', enum: [...RUN_STATUSES] },
  'Only runs with this status. Repeat it for several.',
)

/** Creates the endpoints. */
export function createRuns(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const common = { ...periodShape, ...filterShape }
  const example = runOf({
    ...exampleSums(3),
    ...{ tenant_id: 'acme', run_id: 'r-77', name: 'weekly report', status: 'success', user_id: 'u-9' },
    ...{ started: '2026-03-02 09:30:00.000', ended: '2026-03-02 09:30:12.500', seconds: 12.5 },
    ...{ models: ['gpt-4o-mini'], error_type: '' },
  })
  const usage = {
    runs: 42,
    running: 0,
    success: 40,
    failed: 2,
    cancelled: 0,
    tokens: 46_200,
    unpriced_calls: 0,
  }
  const parts = [
    createEndpoint(options, {
      path: '/api/v1/runs',
      operationId: 'listRuns',
      summary: 'Runs',
      description:
        'Runs with spans in the period, newest first, with what their calls in the period come to.',
      query: {
        ...common,
        status,
        limit: wholeNumber('limit', 500, 50, 'Runs per page.'),
        offset: wholeNumber('offset', 100_000, 0, 'Runs to pass over.', 0),
      },
      schema: runsSchema,
      example: { period: periodOf(examplePeriod()), runs: [example], has_more: false },
      table: (body) =>
        tableOf(
          `runs-${body.period.name}`,
          body.runs.map((run) => ({ ...run, models: run.models.join(' ') })),
        ),
      async answer({ query, now, context }) {
        const asked = resolvePeriod(query, now)
        if (Array.isArray(asked)) return asked
        const { rows, more } = await listRuns(context, {
          ...{ start: asked.start, end: asked.end, filters: pickFilters(query) },
          ...{ status: query.status, limit: query.limit, offset: query.offset },
        })
        return { period: periodOf(asked), runs: rows.map(runOf), has_more: more }
      },
    }),
    createEndpoint(options, {
      path: '/api/v1/runs/usage',
      operationId: 'getRunsUsage',
      summary: 'Runs of this month',
      description:
        'How many runs this month has in the zone, and what is left of `monthly_limit`: only successful runs count.',
      query: {
        ...filterShape,
        timezone: periodShape.timezone,
        monthly_limit: z
          .string()
          .regex(/^\d{1,9}$/, 'must be a whole number from 0 to 999999999')
          .transform(Number)
          .optional()
          .openapi({ type: 'integer', description: 'Successful runs that a month may have.', example: 50 }),
      },
      schema: usageSchema,
      example: usageBody(
        { name: '2026-03', end: Date.parse('2026-04-01') },
        { user_id: ['u-9'] },
        { ...usage, cost: exampleSums(42).cost, last: '2026-03-02 09:30:00.000' },
        50,
      ),
      async answer({ query, now, context }) {
        const asked = resolvePeriod({ period: 'month', timezone: query.timezone }, now)
        if (Array.isArray(asked)) return asked
        const filters = pickFilters(query)
        const first = dateAt(asked.start, asked.timezone)
        const month = {
          name: first.toString().slice(0, 7),
          end: startOfDay(first.add({ months: 1 }), asked.timezone),
        }
        return usageBody(
          month,
          filters,
          await runsUsage(context, asked, filters),
          query.monthly_limit ?? null,
        )
      },
    }),
    createEndpoint(options, {
      path: '/api/v1/runs/{id}',
      operationId: 'getRun',
      summary: 'One run',
      description:
        'A run with its calls. It is looked for in the last 90 days, or in the period that is given; where several ' +
        'tenants have a run of this id, `tenant_id` says which.',
      query: { ...common },
      params: { id: '`run_id` of the run.' },
      schema: oneSchema,
      example: {
        run: example,
        calls: [usageEvent({ ...exampleCall(), run_id: 'r-77' })],
        has_more_calls: false,
      },
      async answer({ query, params, now, context }) {
        const { period, startDate } = query
        const asked = resolvePeriod(
          period === undefined && startDate === undefined && query.endDate === undefined
            ? { ...query, period: 'last_90d' }
            : query,
          now,
        )
        if (Array.isArray(asked)) return asked
        const { id = '' } = params
        const filters = { ...pickFilters(query), run_id: [id] }
        const range = { start: asked.start, end: asked.end }
        const { rows } = await listRuns(context, { ...range, filters, limit: 1, offset: 0 })
        const [row] = rows
        if (row === undefined)
          return new NotFound(
            `cannot find run ${id} between ${periodOf(asked).start} and ${periodOf(asked).end}`,
          )
        const page = await usageEvents(context, {
          start: Date.parse(iso(row.started)),
          end: Date.parse(iso(row.ended)) + 1,
          filters: { ...filters, tenant_id: [row.tenant_id === '' ? '__none__' : row.tenant_id] },
          sort: 'timestamp',
          limit: 200,
        })
        return {
          run: runOf(row),
          calls: page.rows.map((call) => usageEvent(call, creditRates(options))),
          has_more_calls: page.more,
        }
      },
    }),
  ]
  for (const part of parts) app.route('/', part)
  return app
}
