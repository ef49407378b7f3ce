/**
 * The filters that every dashboard about calls has, so that a choice goes along from one to the next.
 *
 * Invariant: their names never change: addresses contain them.
 */
import type { Variable } from './model.ts'
import { COLUMNS, type FilterName } from './sql/filters.ts'
import { sql } from './sql/text.ts'

/** In the order in which they are shown. */
export const callVariables: readonly Variable[] = [
  variable('tenant', 'Tenant'),
  variable('environment', 'Environment'),
  variable('service', 'Service'),
  variable('feature', 'Feature'),
  variable('provider', 'Provider'),
  variable('model', 'Model'),
]

/** Values of the hours that the range touches, the ones that cost most first. */
function variable(name: FilterName, label: string): Variable {
  const column = COLUMNS[name]
  return {
    name,
    label,
    sql: sql`
      SELECT ${column}
      FROM rollup_cost_hour
      WHERE hour >= toDateTime(intDiv(\${__from}, 3600000) * 3600, 'UTC') AND hour <= $__toTime AND ${column} != ''
      GROUP BY ${column}
      ORDER BY sum(cost) DESC, ${column}
      LIMIT 1000`,
  }
}
