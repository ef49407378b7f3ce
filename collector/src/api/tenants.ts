/**
 * `GET /api/v1/tenants/{id}/dashboard` and `/overview`: everything about one tenant in one call.
 *
 * Invariant: every part is about this tenant and this period alone, and is what its own address answers.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { together } from '../query/execute.ts'
import type { Filters } from '../query/filters.ts'
import { meters } from '../query/meters.ts'
import { type Period, resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { previousRange } from '../query/previous-period.ts'
import { usageCube } from '../query/usage-cube.ts'
import { addSums, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { createEndpoint } from './endpoint.ts'
import { askForecast, exampleForecast, type ForecastBody, forecastSchema } from './forecast.ts'
import { type MetersBody, metersBody, metersSchema } from './meters.ts'
import { type UsageBreakdown, usageBreakdown, usageBreakdownSchema } from './usage-breakdown.ts'
import { examplePeriod, exampleRow, exampleSums } from './usage-example.ts'
import { type UsageSeries, usageSeries, usageSeriesSchema } from './usage-series.ts'
import { type UsageSummary, usageSummary, usageSummarySchema } from './usage-summary.ts'

const SPLITS = ['provider', 'model', 'feature', 'user'] as const
type Split = (typeof SPLITS)[number]

interface Dashboard {
  tenant_id: string
  summary: UsageSummary
  series: UsageSeries
  breakdowns: { [name in Split]: UsageBreakdown }
  forecast: ForecastBody
}
const tenant = text('The tenant.')
const dashboardSchema: z.ZodType<Dashboard> = z
  .object({
    tenant_id: tenant,
    summary: usageSummarySchema,
    series: usageSeriesSchema,
    breakdowns: z.object(
      Object.fromEntries(SPLITS.map((name) => [name, usageBreakdownSchema])) as {
        [name in Split]: z.ZodType<UsageBreakdown>
      },
    ),
    forecast: forecastSchema,
  })
  .openapi('TenantDashboard')

interface Overview {
  tenant_id: string
  meters: MetersBody
}
const overviewSchema: z.ZodType<Overview> = z
  .object({ tenant_id: tenant, meters: metersSchema })
  .openapi('TenantOverview')

const days = (period: Period) => period.days.map(({ start, date }) => ({ start, label: date }))

/** Creates both endpoints. */
export function createTenants(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const params = { id: 'The tenant; `__none__` asks for the calls of nobody.' }
  const filtersOf = (id: string): Filters => ({ tenant_id: [id] })
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/tenants/{id}/dashboard',
      operationId: 'getTenantDashboard',
      summary: 'A tenant at a glance',
      description:
        'Totals and change, days, providers, models, features, users and the forecast, in one answer.',
      query: periodShape,
      params,
      schema: dashboardSchema,
      example: exampleDashboard(),
      async answer({ query, params, now, context }) {
        const asked = resolvePeriod(query, now)
        if (Array.isArray(asked)) return asked
        const { id = '' } = params
        const filters = filtersOf(id)
        const range = { start: asked.start, end: asked.end, filters }
        const before = previousRange(asked, now)
        const starts = asked.days.map((day) => day.start)
        const [byDay, previous, forecast, ...splits] = await together(
          context,
          (shared) =>
            [
              usageCube(shared, { ...range, starts }),
              usageCube(shared, { ...before, filters }),
              askForecast(shared, now, asked.timezone, filters),
              usageCube(shared, { ...range, by: 'provider' }),
              usageCube(shared, { ...range, by: 'model' }),
              usageCube(shared, { ...range, by: 'feature' }),
              usageCube(shared, { ...range, by: 'user' }),
            ] as const,
        )
        const period = periodOf(asked)
        const breakdowns = Object.fromEntries(
          SPLITS.map((name, index) => [name, usageBreakdown(period, name, splits[index]?.rows ?? [])]),
        ) as Dashboard['breakdowns']
        return {
          tenant_id: id,
          summary: usageSummary(period, addSums(byDay.rows), before, addSums(previous.rows)),
          series: usageSeries(period, 'day', undefined, days(asked), byDay.rows),
          breakdowns,
          forecast,
        }
      },
    }),
  )
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/tenants/{id}/overview',
      operationId: 'getTenantOverview',
      summary: 'The meters of a tenant',
      description: 'Every meter of one tenant with its quantity and cost; the costs sum to the total.',
      query: periodShape,
      params,
      schema: overviewSchema,
      example: { tenant_id: 'acme', meters: metersBody(examplePeriod(), []) },
      async answer({ query, params, now, context }) {
        const asked = resolvePeriod(query, now)
        if (Array.isArray(asked)) return asked
        const { id = '' } = params
        const starts = asked.days.map((day) => day.start)
        return {
          tenant_id: id,
          meters: metersBody(asked, await meters(context, asked, starts, filtersOf(id))),
        }
      },
    }),
  )
  return app
}

function exampleDashboard(): Dashboard {
  const asked = examplePeriod()
  const period = periodOf(asked)
  const keys = {
    provider: ['openai'],
    model: ['openai', 'gpt-4o-mini'],
    feature: ['search'],
    user: ['acme', 'u-9'],
  }
  const split = (name: Split): UsageBreakdown =>
    usageBreakdown(period, name, [exampleRow(40, asked.start, keys[name], 1)])
  return {
    tenant_id: 'acme',
    summary: usageSummary(period, exampleSums(40), previousRange(asked, 0), exampleSums(32)),
    series: usageSeries(period, 'day', undefined, days(asked), [exampleRow(40, asked.start)]),
    breakdowns: {
      provider: split('provider'),
      model: split('model'),
      feature: split('feature'),
      user: split('user'),
    },
    forecast: exampleForecast(),
  }
}
