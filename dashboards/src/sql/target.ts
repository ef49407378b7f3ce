/**
 * The two shapes of a panel's only target.
 *
 * Invariant: a target named here is called `A`, as Grafana calls the first one.
 */
import type { Target } from '../model.ts'

/** Rows as they come; `times` names the columns that are instants. */
export function tableTarget(sql: string, times: readonly string[] = []): Target {
  return { refId: 'A', format: 'table', sql, ...(times.length > 0 ? { times } : {}) }
}

/** Values over time; the first column is `time`. */
export function seriesTarget(sql: string): Target {
  return { refId: 'A', format: 'timeseries', sql, times: ['time'] }
}
