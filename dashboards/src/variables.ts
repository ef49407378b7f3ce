/**
 * The filters that every dashboard about calls has, so that a choice goes along from one to the next.
 *
 * Invariant: their names never change: addresses contain them.
 */
import type { Variable } from './model.ts'
import { pairList } from './sql/columns.ts'
import { ALL_FILTERS, COLUMNS, type FilterName } from './sql/filters.ts'
import { byDay } from './sql/hourly.ts'
import { sql } from './sql/text.ts'

/** Of the hours that the range touches. */
const TOUCHED =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
  "hour >= toDateTime($__number(intDiv(${__from}, 3600000) * 3600), 'UTC') AND hour <= $__toTime"

/** In the order in which they are shown. */
export const callVariables: readonly Variable[] = [
  variable('tenant', 'Tenant'),
  variable('environment', 'Environment'),
  variable('service', 'Service'),
  variable('feature', 'Feature'),
  variable('provider', 'Provider'),
  variable('model', 'Model'),
]

const LIST = Object.values(COLUMNS).join(', ')
/** Days that lie in the range are read as days. */
const DAYS = byDay({ table: 'rollup_cost_day', filters: ALL_FILTERS }, false)

/**
 * The options of all of them by one query, for whoever asks for all at once: a long result `variable`, `option`, where the
 * options of each stand in the order of its own query.
 */
export const ALL_OPTIONS: string = sql`
  SELECT pair.1 AS variable, pair.2 AS option
  FROM (
    SELECT ${LIST}, sum(cost) AS part
    FROM (
      SELECT ${LIST}, cost FROM rollup_cost_day WHERE ${DAYS.within}
      UNION ALL
      SELECT ${LIST}, cost FROM rollup_cost_hour WHERE ${TOUCHED} AND ${DAYS.outside}
    )
    GROUP BY ${LIST}
  )
  ARRAY JOIN ${pairList(COLUMNS)} AS pair
  WHERE option != ''
  GROUP BY variable, option
  ORDER BY variable, sum(part) DESC, option
  LIMIT 1000 BY variable`

/** Values of the hours that the range touches, the ones that cost most first. */
function variable(name: FilterName, label: string): Variable {
  const column = COLUMNS[name]
  return {
    name,
    label,
    sql: sql`
      SELECT ${column}
      FROM rollup_cost_hour
      WHERE ${TOUCHED} AND ${column} != ''
      GROUP BY ${column}
      ORDER BY sum(cost) DESC, ${column}
      LIMIT 1000`,
  }
}
