/**
 * What the tests of panels share: a filled store for each file, and the frame of a panel.
 *
 * Invariant: a panel is asked as the page asks.
 */
import type { TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll } from 'vitest'
import type { ExpandContext } from '../src/expand/context.ts'
import { expand } from '../src/expand/expand.ts'
import type { Frame } from '../src/expand/frame.ts'
import { contextOf, DAY, exact, inRange, panelOf, run, startSeeded } from './panel-store.ts'
import { type SeedRow, totalCost } from './seed.ts'

export function earlier(width: number): SeedRow[] {
  const later = new Set(inRange(width))
  return inRange(2 * width).filter((row) => !later.has(row))
}
export let seeded: TestClickhouse
/** Gives the file a store for its tests. */
export function useSeeded(): void {
  beforeAll(async () => {
    seeded = await startSeeded()
  })
  afterAll(() => seeded?.close())
}

/** Asks a panel about the last `width` ms. */
export function frameOfPanel(
  id: number,
  width: number,
  change: Partial<ExpandContext> = {},
  dashboard = 'overview',
): Promise<Frame> {
  const { panel, target } = panelOf(dashboard, id)
  return run(seeded, expand(target.sql, { ...contextOf(panel, width), ...change }), target)
}

export const sumBy = (calls: readonly SeedRow[], ...names: string[]) =>
  calls.reduce((total, row) => total + names.reduce((each, name) => each + Number(row[name] ?? 0), 0), 0)
export const total = (values: readonly unknown[]) =>
  values.reduce<number>((sum, each) => sum + Number(each), 0)
export const calls = inRange(30 * DAY)
export const input = sumBy(calls, 'input_uncached_tokens', 'cache_read_tokens')
export const output = sumBy(calls, 'output_text_tokens', 'reasoning_tokens')
export const spend = exact(totalCost(calls))
