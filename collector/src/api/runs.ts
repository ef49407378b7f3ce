/**
 * `GET /api/v1/runs` and `/runs/{id}`: jobs with what their calls come to.
 *
 * Invariant: a run is put together from its spans in the period; an id belongs to its tenant.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { filterShape, pickFilters, repeatable } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { listRuns, RUN_STATUSES } from '../query/runs.ts'
import { usageEvents } from '../query/usage-events.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { createEndpoint, NotFound } from './endpoint.ts'
import { exampleCall } from './event-example.ts'
import { creditRates, usageEvent } from './event-response.ts'
import { iso, oneSchema, runOf, runsSchema } from './run-schema.ts'
import { createRunsUsage } from './runs-usage.ts'
import { tableOf } from './table.ts'
import { examplePeriod, exampleSums } from './usage-example.ts'
import { wholeNumber } from './whole-number.ts'

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
    createRunsUsage(options),
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
