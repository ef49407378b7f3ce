/**
 * How long calls took, and how long until their first token: of all of them, and over time by provider.
 *
 * Invariant: each panel has a query of its own; the page asks one for all of them, whose totals are the numbers of all calls.
 */
import type { Target } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { columnList } from '../sql/columns.ts'
import { latency, percentile } from '../sql/latency.ts'
import { totalOfLatency } from '../sql/numbers.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql, WITH_TOTALS } from '../sql/text.ts'
import { bucket, WITH_BUCKETS } from '../sql/time.ts'

/** Buckets of the charts; the numbers have as many, to be asked with them. */
export const POINTS = 29

type Name = 'latency_p99' | 'latency_p95' | 'latency_p50' | 'first_token_p95' | 'first_token_p50'
const NUMBERS: Readonly<Record<Name, string>> = {
  latency_p99: percentile('latency', 2),
  latency_p95: percentile('latency', 1),
  latency_p50: percentile('latency', 0),
  first_token_p95: percentile('ttfc', 1),
  first_token_p50: percentile('ttfc', 0),
}
const SERIES = "if(provider = '', 'unknown', provider) AS series"

/** The providers that are shown. */
const LARGEST = sql`
  SELECT provider
  FROM ${calls({ measures: ['calls'], dimensions: ['provider'] })}
  GROUP BY provider
  ORDER BY sum(n_calls) DESC, provider
  LIMIT 6`

const WHOLE = sql`
  ${WITH_BUCKETS}
  SELECT ${bucket('at')} AS time, ${SERIES},
    provider IN (
      ${LARGEST}
    ) AS shown,
    ${columnList(NUMBERS)}
  FROM ${latency({ bucketed: true, dimensions: ['provider'] })}
  GROUP BY time, provider${WITH_TOTALS}
  ORDER BY time, series`

/** Numbers of all calls of the range. */
export function duration(...names: Name[]): Target {
  return totalOfLatency(NUMBERS, names, WHOLE)
}

/** One of them in each interval, of the six providers with most calls. */
export function durationByProvider(name: 'latency_p95' | 'first_token_p95'): Target {
  const own = sql`
    ${WITH_BUCKETS}
    SELECT ${bucket('at')} AS time, ${SERIES}, ${NUMBERS[name]} AS ${name}
    FROM ${latency({ sketches: [name === 'latency_p95' ? 'latency' : 'ttfc'], bucketed: true, dimensions: ['provider'] })}
    WHERE provider IN (
      ${LARGEST}
    )
    GROUP BY time, series
    HAVING ${name} IS NOT NULL
    ORDER BY time, series`
  return {
    ...seriesTarget(own),
    together: {
      ...{ sql: WHOLE, times: ['time'], columns: ['time', 'series', name] },
      rows: (valueIn) => valueIn('shown') === 1 && valueIn(name) !== null,
    },
  }
}
