/**
 * `GET /api/v1/usage/meters`: what is counted beside tokens: minutes, images, searches, storage.
 *
 * Invariant: the costs of the meters sum to the total, and those of the days too.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { MODEL_CALL_METER } from '../query/dimensions.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { type MeterRow, meters } from '../query/meters.ts'
import { type Period, resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { count, exactText, number, share, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { examplePeriod, exampleSums } from './usage-example.ts'

interface Meter {
  meter: string
  unit: string | null
  events: number
  quantity_exact: string
  max_quantity_exact: string
  last_quantity_exact: string
  cost: number
  cost_exact: string
  cost_share: number | null
  unpriced: number
}
/** The body of the answer. */
export interface MetersBody {
  period: PeriodBody
  currency: 'USD'
  total: { events: number; cost: number; cost_exact: string; unpriced: number }
  meters: Meter[]
  days: { date: string; events: number; cost: number; cost_exact: string; by_meter: Record<string, string> }[]
}

/** The schema of the body. */
export const metersSchema: z.ZodType<MetersBody> = z
  .object({
    period: periodSchema,
    currency: z.literal('USD'),
    total: z.object({
      events: count('Calls and meter records.'),
      cost: number('Sum of the known costs, USD.'),
      cost_exact: exactText('Sum of the known costs'),
      unpriced: count('Records without a known cost.'),
    }),
    meters: z
      .array(
        z.object({
          meter: text(`Meter; calls that name none are \`${MODEL_CALL_METER}\`.`),
          unit: text('What is counted.').nullable(),
          events: count('Records.'),
          quantity_exact: text('Sum of the quantities.'),
          max_quantity_exact: text('Largest quantity: for meters that are a level, such as storage.'),
          last_quantity_exact: text('Newest quantity: for meters that are a level.'),
          cost: number('Sum of the known costs, USD.'),
          cost_exact: exactText('Sum of the known costs'),
          cost_share: number('Part of the total, 0 to 1.').nullable(),
          unpriced: count('Records without a known cost.'),
        }),
      )
      .openapi({ description: 'Most expensive first.' }),
    days: z.array(
      z.object({
        date: text('Day in the zone.'),
        events: count('Records.'),
        cost: number('Sum of the known costs, USD.'),
        cost_exact: exactText('Sum of the known costs'),
        by_meter: z.record(z.string(), z.string()).openapi({ description: 'Meter → exact cost, USD.' }),
      }),
    ),
  })
  .openapi('Meters')

type Sums = Pick<MeterRow, 'events' | 'cost' | 'quantity' | 'unpriced'>
const money = (rows: readonly Sums[]): string =>
  formatDecimal(rows.reduce((sum, row) => sum + parseDecimal(row.cost), 0n))
const tally = (rows: readonly Sums[], name: 'events' | 'unpriced'): number =>
  rows.reduce((sum, row) => sum + Number(row[name]), 0)

/** The body of the answer. Pure. */
export function metersBody(period: Period, rows: readonly MeterRow[]): MetersBody {
  const total = money(rows)
  const groups = new Map<string, MeterRow[]>()
  for (const row of rows)
    groups.set(`${row.meter}\n${row.unit}`, [...(groups.get(`${row.meter}\n${row.unit}`) ?? []), row])
  const list = [...groups.values()].map((group): Meter => {
    const { meter, unit } = group[0] as MeterRow
    const cost = money(group)
    const [largest = 0n] = group.map((row) => parseDecimal(row.max_quantity)).sort((a, b) => Number(b - a))
    return {
      meter,
      unit: unit || null,
      events: tally(group, 'events'),
      quantity_exact: formatDecimal(group.reduce((sum, row) => sum + parseDecimal(row.quantity), 0n)),
      max_quantity_exact: formatDecimal(largest),
      last_quantity_exact: formatDecimal(parseDecimal((group.at(-1) as MeterRow).last_quantity)),
      cost: Number(cost),
      cost_exact: cost,
      cost_share: share(cost, total),
      unpriced: tally(group, 'unpriced'),
    }
  })
  return {
    period: periodOf(period),
    currency: 'USD',
    total: {
      events: tally(rows, 'events'),
      cost: Number(total),
      cost_exact: total,
      unpriced: tally(rows, 'unpriced'),
    },
    meters: list.sort((a, b) => b.cost - a.cost || b.events - a.events || (a.meter < b.meter ? -1 : 1)),
    days: period.days.map(({ date, start }) => {
      const here = rows.filter((row) => Number(row.bucket) === Math.floor(start / 1000))
      const cost = money(here)
      const names = [...new Set(here.map((row) => row.meter))]
      return {
        date,
        events: tally(here, 'events'),
        cost: Number(cost),
        cost_exact: cost,
        by_meter: Object.fromEntries(
          names.map((name) => [name, money(here.filter((row) => row.meter === name))]),
        ),
      }
    }),
  }
}

/** Rows of the examples. */
function exampleMeters(period: Period): MeterRow[] {
  const bucket = period.start / 1000
  const { cost } = exampleSums(40)
  const shared = { bucket, max_quantity: '3.5', last_quantity: '3.5', unpriced: 0 }
  return [
    { ...shared, meter: MODEL_CALL_METER, unit: 'call', events: 40, quantity: '40', cost },
    { ...shared, meter: 'voice_minute', unit: 'minute', events: 1, quantity: '3.5', cost: '0.07' },
  ]
}

/** Creates the endpoint. */
export function createMeters(options: ApiOptions): OpenAPIHono {
  return createEndpoint(options, {
    path: '/api/v1/usage/meters',
    operationId: 'getMeters',
    summary: 'Usage by meter',
    description:
      'Everything that is metered, by meter and day. Calls to paid APIs that name no meter are ' +
      `\`${MODEL_CALL_METER}\`; spans that only record a quantity are counted too, so the total can be more than that of calls.`,
    query: { ...periodShape, ...filterShape },
    schema: metersSchema,
    example: metersBody(examplePeriod(), exampleMeters(examplePeriod())),
    table: (body) => tableOf(`meters-${body.period.name}`, body.meters),
    async answer({ query, now, context }) {
      const asked = resolvePeriod(query, now)
      if (Array.isArray(asked)) return asked
      const starts = asked.days.map((day) => day.start)
      return metersBody(asked, await meters(context, asked, starts, pickFilters(query)))
    },
  })
}
