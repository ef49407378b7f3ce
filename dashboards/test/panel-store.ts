/**
 * Panels on the real engine: a month of imaginary traffic, and what a panel says about it.
 *
 * Invariant: what is expected is worked out from the rows themselves, never from another query.
 */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import type { ExpandContext, VariableValue } from '../src/expand/context.ts'
import { type Frame, frameOf, type StringRows, type Value, withInstants } from '../src/expand/frame.ts'
import { roundInterval } from '../src/expand/interval.ts'
import type { Panel } from '../src/model.ts'
import { dashboards } from '../src/registry.ts'
import { callVariables } from '../src/variables.ts'
import { type SeedRow, seedRows } from './seed.ts'
import { seedBilling, seedCredits, seedLimits, seedPrices, seedSamples } from './seed-collector.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
/** Off the hour on purpose: both ends of a range are then read from the spans, its middle from the rollups. */
export const now: number = Math.floor(Date.now() / HOUR) * HOUR - 17 * 60_000 + 123
export const rows: SeedRow[] = seedRows({ now, days: 32, callsPerDay: 150 })
export const prices: ReturnType<typeof seedPrices> = seedPrices(rows)
export const samples: ReturnType<typeof seedSamples> = seedSamples({ now, hours: 26, stepMs: 10 * 60_000 })

/** An engine with the traffic in it. */
export async function startSeeded(): Promise<TestClickhouse> {
  const store = await startTestClickhouse()
  const insert = (table: string, values: readonly object[]) =>
    store.client.insert({ table, values, format: 'JSONEachRow' })
  await insert('spans', rows)
  await insert('model_prices', prices)
  await insert('collector_samples', samples)
  await insert('credit_rates', seedCredits(now))
  await insert('billing_outbox', seedBilling(now))
  for (const { table, rows: values } of seedLimits(now)) await insert(table, values)
  return store
}

/** Runs a query as the page does. */
export async function run(
  store: TestClickhouse,
  sql: string,
  target: Pick<Panel['targets'][number], 'format' | 'times'>,
): Promise<Frame> {
  const result = await store.reader.query({ query: withInstants(sql, target), format: 'JSONCompactStrings' })
  return frameOf((await result.json()) as unknown as StringRows, target)
}

/** The last `width` ms, every variable set to `values`. */
export function contextOf(
  panel: Pick<Panel, 'maxDataPoints'>,
  width: number,
  values: VariableValue = 'all',
  timezone = 'Europe/Berlin',
): ExpandContext {
  return {
    from: now - width,
    to: now,
    now: Date.now(),
    intervalMs: Math.max(roundInterval(width, panel.maxDataPoints ?? 200), 1_000),
    timezone,
    variables: Object.fromEntries(callVariables.map(({ name }) => [name, values])),
  }
}

/** A panel of a dashboard by its uid without `spanmeter-`, and its only target. */
export function panelOf(dashboard: string, id: number): { panel: Panel; target: Panel['targets'][number] } {
  const panel = dashboards
    .find(({ uid }) => uid === `spanmeter-${dashboard}`)
    ?.panels.find((candidate) => candidate.id === id)
  const target = panel?.targets[0]
  if (!panel || !target) throw new Error(`there is no panel ${id} in ${dashboard}`)
  return { panel, target }
}

/** The first value of a column. */
export const value = (frame: Frame, name: string): Value | undefined => column(frame, name)[0]
/** The values of a column. */
export const column = (frame: Frame, name: string): readonly Value[] =>
  frame.fields.find((field) => field.name === name)?.values ?? []
/** The calls of the last `width` ms. */
export const inRange = (width: number): SeedRow[] =>
  rows.filter((row) => Date.parse(`${row.start_time.replace(' ', 'T')}Z`) >= now - width)
const unit = 1_000_000_000_000n
/** A decimal as a whole number of 10⁻¹². */
export function exact(text: unknown): bigint {
  const [whole = '0', fraction = ''] = String(text).split('.')
  return BigInt(whole) * unit + BigInt(fraction.padEnd(12, '0'))
}
/** The sum of every decimal of a frame. */
export const sumOf = (frame: Frame): bigint =>
  frame.fields
    .filter(({ type }) => type === 'decimal')
    .flatMap(({ values }) => values)
    .reduce<bigint>((sum, each) => sum + (each === null ? 0n : exact(each)), 0n)
