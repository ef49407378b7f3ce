/**
 * Values over time of the largest few of a dimension, and of all others together.
 *
 * Invariant: the series add up to the total; which ones are shown is decided by the whole range, not by bucket.
 */
import type { Target, Together } from '../model.ts'
import { calls, type Measure } from './calls.ts'
import { columnList, pairList } from './columns.ts'
import { seriesTarget, tableTarget } from './target.ts'
import { sql } from './text.ts'
import { bucket, WITH_BUCKETS } from './time.ts'

/** One of several dimensions, each of which a panel of its own shows. */
export interface Shown {
  readonly column: string
  /** What is shown of it; absent = its values. */
  readonly as?: string
  /** How many of the largest. */
  readonly count: number
}

/** The target of a panel that is asked together with others. */
export interface Shared extends Target {
  readonly together: Together
}

/**
 * Spend over time by several dimensions, by name: a long result `time`, `series`, `cost`. The page asks once for all.
 * `more`: what else is worked out of `cost`, by name, and what that is defined by.
 */
export function spendOverTime<Name extends string>(
  shown: Readonly<Record<Name, Shown>>,
  more: { readonly defined: string; readonly columns: Readonly<Record<string, string>> } = NOTHING,
): Record<Name, Shared> {
  const { columns, pairs, most } = kindsOf(shown)
  const whole = sql`
    ${WITH_BUCKETS}${more.defined}
    SELECT ${columnList({
      ...{ time: 'time', kind: 'kind', series: `if(place <= ${most}, label, 'Other')`, cost: 'sum(part)' },
      ...more.columns,
    })}
    FROM (
      SELECT time, kind, label, part, dense_rank() OVER (PARTITION BY kind ORDER BY total DESC, label) AS place
      FROM (
        SELECT time, kind, label, part, sum(part) OVER (PARTITION BY kind, label) AS total
        FROM (
          SELECT time, pair.1 AS kind, if(pair.2 = '', 'unknown', pair.2) AS label, sum(cost) AS part
          FROM (
            SELECT ${bucket('at')} AS time, ${columns.join(', ')}, sum(n_cost) AS cost
            FROM ${calls({ measures: ['cost'], dimensions: columns, bucketed: true })}
            GROUP BY time, ${columns.join(', ')}
          )
          ARRAY JOIN ${pairs} AS pair
          GROUP BY time, kind, label
        )
      )
    )
    GROUP BY time, kind, series
    ORDER BY time, kind, series`
  return eachOf(shown, (kind, { column, count }) => ({
    ...seriesTarget(topOverTime(column, ['cost'], 'n_cost', count, 'cost')),
    together: {
      ...{ sql: whole, times: ['time'], columns: ['time', 'series', 'cost'] },
      rows: (valueIn) => valueIn('kind') === kind,
    },
  }))
}

const NOTHING = { defined: '', columns: {} }

/** The largest by spend of several dimensions, by name, as tables: `label`, `cost`. The page asks once for all. */
export function spendBy<Name extends string>(
  shown: Readonly<Record<Name, Shown & { readonly none: string }>>,
): Record<Name, Shared> {
  const { columns, pairs } = kindsOf(shown)
  const none = caseOf(shown, "''", ({ none: word }) => `'${word}'`)
  const longest = Math.max(...Object.values<Shown>(shown).map(({ count }) => count))
  const whole = sql`
    SELECT pair.1 AS kind, if(pair.2 = '', ${none}, pair.2) AS label, sum(part) AS cost
    FROM (
      SELECT ${columns.join(', ')}, sum(n_cost) AS part
      FROM ${calls({ measures: ['cost'], dimensions: columns })}
      GROUP BY ${columns.join(', ')}
    )
    ARRAY JOIN ${pairs} AS pair
    GROUP BY kind, label
    HAVING cost > 0
    ORDER BY kind, cost DESC, label
    LIMIT ${String(longest)} BY kind`
  return eachOf(shown, (kind, { column, count, none: word }) => ({
    ...tableTarget(topSpend(column, count, word)),
    together: {
      ...{ sql: whole, columns: ['label', 'cost'], most: count },
      rows: (valueIn) => valueIn('kind') === kind,
    },
  }))
}

function kindsOf(shown: Readonly<Record<string, Shown>>) {
  const all = Object.entries(shown)
  return {
    columns: all.map(([, { column }]) => column),
    pairs: pairList(Object.fromEntries(all.map(([kind, { column, as = column }]) => [kind, as]))),
    most: caseOf(shown, '0', ({ count }) => String(count)),
  }
}

/** What each kind has of something. */
function caseOf<Each>(
  shown: Readonly<Record<string, Each>>,
  otherwise: string,
  of: (each: Each) => string,
): string {
  const kinds = Object.keys(shown).map((kind) => `'${kind}'`)
  return `transform(kind, [${kinds.join(', ')}], [${Object.values(shown).map(of).join(', ')}], ${otherwise})`
}

function eachOf<Name extends string, Each>(
  shown: Readonly<Record<Name, Each>>,
  target: (kind: Name, each: Each) => Shared,
): Record<Name, Shared> {
  const all = Object.entries(shown) as [Name, Each][]
  return Object.fromEntries(all.map(([kind, each]) => [kind, target(kind, each)])) as Record<Name, Shared>
}

/** A sum of measures: a long result `time`, `series` and the value under its name. `value` is over `n_{measure}`. */
export function topOverTime(
  dimension: string,
  measures: readonly Measure[],
  value: string,
  count: number,
  name: string,
): string {
  return sql`
    ${WITH_BUCKETS}
    SELECT time, if(place <= ${count}, label, 'Other') AS series, sum(part) AS ${name}
    FROM (
      SELECT time, label, part, dense_rank() OVER (ORDER BY total DESC, label) AS place
      FROM (
        SELECT time, label, part, sum(part) OVER (PARTITION BY label) AS total
        FROM (
          SELECT ${bucket('at')} AS time,
            if(${dimension} = '', 'unknown', ${dimension}) AS label,
            sum(${value}) AS part
          FROM ${calls({ measures, dimensions: [dimension], bucketed: true })}
          GROUP BY time, label
        )
      )
    )
    GROUP BY time, series
    ORDER BY time, series`
}

/**
 * A quotient that cannot be added up, of the `count` largest by `weight` only: a long result `time`, `series`, `ratio`.
 * `above`, `below` and `weight` are over `n_{measure}`.
 */
export function topRatioOverTime(options: {
  readonly dimension: string
  readonly measures: readonly Measure[]
  readonly above: string
  readonly below: string
  readonly weight: string
  readonly count: number
}): string {
  const { dimension, measures, above, below, weight, count } = options
  return sql`
    ${WITH_BUCKETS}
    SELECT time, label AS series, if(lower = 0, NULL, toFloat64(upper) / toFloat64(lower)) AS ratio
    FROM (
      SELECT time, label, upper, lower, dense_rank() OVER (ORDER BY total DESC, label) AS place
      FROM (
        SELECT time, label, upper, lower, sum(part) OVER (PARTITION BY label) AS total
        FROM (
          SELECT ${bucket('at')} AS time,
            if(${dimension} = '', 'unknown', ${dimension}) AS label,
            sum(${above}) AS upper, sum(${below}) AS lower, sum(${weight}) AS part
          FROM ${calls({ measures, dimensions: [dimension], bucketed: true })}
          GROUP BY time, label
        )
      )
    )
    WHERE place <= ${count}
    ORDER BY time, series`
}

function topSpend(dimension: string, count: number, none: string): string {
  return sql`
    SELECT if(${dimension} = '', '${none}', ${dimension}) AS label, sum(n_cost) AS cost
    FROM ${calls({ measures: ['cost'], dimensions: [dimension] })}
    GROUP BY label
    HAVING cost > 0
    ORDER BY cost DESC, label
    LIMIT ${count}`
}
