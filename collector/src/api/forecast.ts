/**
 * `GET /api/v1/forecast`: what this month will come to.
 *
 * Invariant: a projection is null where the history is too short, and its band is what the same method missed
 * on the stored history, never a guess.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatDecimal } from '../query/decimal.ts'
import type { QueryContext } from '../query/execute.ts'
import { type Filters, filterShape, pickFilters } from '../query/filters.ts'
import { forecast, MIN_DAYS, MIN_TESTS } from '../query/forecast.ts'
import { type MonthCosts, monthCosts } from '../query/month-costs.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { dateAt } from '../query/zone.ts'
import { count, exactText, number, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'

/** The body of the answer; amounts in USD. */
export interface ForecastBody {
  month: string
  start: string
  end: string
  timezone: string
  currency: 'USD'
  spent: number
  spent_exact: string
  unpriced_calls: number
  expected: number | null
  low: number | null
  high: number | null
  typical_error: number | null
  history_days: number
  tests: number
  method: string
}

const METHOD =
  'Each day to come costs the median of the last four days of its weekday, scaled by the last week against the ' +
  'same rule (at most halved or doubled). low and high hold 80 % of what the rule came to on earlier days of the history.'

/** The schema of the body. */
export const forecastSchema: z.ZodType<ForecastBody> = z
  .object({
    month: text('`2026-03`, in the zone.'),
    start: z.iso.datetime().openapi({ description: 'First instant of the month, UTC.' }),
    end: z.iso.datetime().openapi({ description: 'First instant of the next month, UTC.' }),
    timezone: text('IANA zone of the month.'),
    currency: z.literal('USD'),
    spent: number('Known cost of the month so far, USD.'),
    spent_exact: exactText('Known cost of the month so far'),
    unpriced_calls: count('Calls of the month without a known cost: in no number here.'),
    expected: number(
      `Cost of the whole month, USD; null with less than ${MIN_DAYS} days of history.`,
    ).nullable(),
    low: number(
      `Four of five months end between this and \`high\`, USD; null with less than ${MIN_TESTS} tests.`,
    ).nullable(),
    high: number('See `low`.').nullable(),
    typical_error: number('Median error of the tests as a part of what came; null without tests.').nullable(),
    history_days: count('Complete days from the first one with a call, at most 180.'),
    tests: count('How often the method could be tried on the history.'),
    method: text('How this is computed.'),
  })
  .openapi('Forecast')

/** The body of the answer. Pure. */
function forecastBody(costs: MonthCosts, timezone: string): ForecastBody {
  const usd = (units: bigint): number => Number(formatDecimal(units))
  const answer = forecast({
    history: costs.history.map(usd),
    today: usd(costs.today),
    spent: usd(costs.spent),
    daysLeft: costs.daysLeft,
  })
  const spent = formatDecimal(costs.spent + costs.today)
  return {
    month: dateAt(costs.start, timezone).toString().slice(0, 7),
    start: new Date(costs.start).toISOString(),
    end: new Date(costs.end).toISOString(),
    timezone,
    currency: 'USD',
    spent: Number(spent),
    spent_exact: spent,
    unpriced_calls: costs.unpricedCalls,
    expected: answer?.expected ?? null,
    low: answer?.band?.low ?? null,
    high: answer?.band?.high ?? null,
    typical_error: answer?.typicalError ?? null,
    history_days: costs.history.length,
    tests: answer?.band?.tests ?? 0,
    method: METHOD,
  }
}

/** Asks for the forecast of the month that holds `now`. */
export async function askForecast(
  context: QueryContext,
  now: number,
  timezone: string,
  filters: Filters,
): Promise<ForecastBody> {
  return forecastBody(await monthCosts(context, now, timezone, filters), timezone)
}

/** Creates the endpoint. */
export function createForecast(options: ApiOptions): OpenAPIHono {
  return createEndpoint(options, {
    path: '/api/v1/forecast',
    operationId: 'getForecast',
    summary: 'What this month will come to',
    description: METHOD,
    query: { timezone: periodShape.timezone, ...filterShape },
    schema: forecastSchema,
    example: exampleForecast(),
    table: (body) => tableOf(`forecast-${body.month}`, [body]),
    async answer({ query, now, context }) {
      const today = resolvePeriod({ period: 'today', timezone: query.timezone }, now)
      if (Array.isArray(today)) return today
      return await askForecast(context, now, today.timezone, pickFilters(query))
    },
  })
}

/** The forecast of the examples: ten weeks of days that repeat every week. */
export function exampleForecast(): ForecastBody {
  const day = (index: number): bigint => (index % 7 < 5 ? 4n : 1n) * 10n ** 12n
  const history = Array.from({ length: 70 }, (_, index) => day(index))
  const spent = history.slice(-10).reduce((sum, cost) => sum + cost, 0n)
  const [start, end] = [Date.parse('2026-03-01'), Date.parse('2026-04-01')]
  return forecastBody({ history, spent, today: 0n, daysLeft: 20, unpricedCalls: 0, start, end }, 'UTC')
}
