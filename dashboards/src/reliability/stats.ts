/**
 * How well calls are answered, in four numbers.
 *
 * Invariant: percentiles are over all calls, also failed ones; a retry is a later call of the same model under the
 * same parent span, so calls without a parent are never retries.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { filters } from '../sql/filters.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { within } from '../sql/time.ts'
import { duration, POINTS } from './durations.ts'

const NO_CALLS = 'No calls in this range'

/** Row 1. */
export const reliabilityStatPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Failed calls',
    description: 'Share of the calls that failed: refused by the provider, broken off, or never answered.',
    unit: 'percent',
    value: 'error_rate',
    captions: [{ column: 'errors', label: 'failed', unit: 'count' }],
    thresholds: [
      { value: 0.02, level: 'warning' },
      { value: 0.05, level: 'critical' },
    ],
    empty: NO_CALLS,
    calls: { status: 'error' },
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT if(sum(n_calls) = 0, NULL, sum(n_errors) / sum(n_calls)) AS error_rate, sum(n_errors) AS errors
        FROM ${calls({ measures: ['calls', 'errors'] })}`),
    ],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Latency, p99',
    description:
      'Ninety-nine of a hundred calls were complete within this time, and half within the one below.',
    unit: 'seconds',
    value: 'latency_p99',
    captions: [{ column: 'latency_p50', label: 'median', unit: 'seconds' }],
    empty: NO_CALLS,
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [duration('latency_p99', 'latency_p50')],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'First token, p95',
    description:
      'Nineteen of twenty streamed calls brought their first chunk within this time, and half within the one below.',
    unit: 'seconds',
    value: 'first_token_p95',
    captions: [{ column: 'first_token_p50', label: 'median', unit: 'seconds' }],
    empty: 'No streamed calls in this range',
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [duration('first_token_p95', 'first_token_p50')],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'Retries',
    description:
      'Calls made again after a failed one for the same piece of work (the same parent span and model), and how often a later call then succeeded.',
    unit: 'count',
    value: 'retries',
    captions: [{ column: 'recovered', label: 'recovered', unit: 'percent' }],
    empty: 'No failed call in this range has a parent span to tell a retry by',
    calls: { status: 'error' },
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT if(count() = 0, NULL, sum(later)) AS retries,
          if(countIf(later > 0) = 0, NULL, countIf(later > 0 AND last_good > first_bad) / countIf(later > 0)) AS recovered
        FROM (
          SELECT minIf(start_time, failed) AS first_bad, maxIf(start_time, NOT failed) AS last_good,
            countIf(failed) AS failures, arrayCount(t -> t > first_bad, groupArray(1000)(start_time)) AS later
          FROM (
            SELECT trace_id, parent_span_id, request_model, start_time, status = 'error' AS failed
            FROM spans
            WHERE is_call AND parent_span_id != '' AND ${within('start_time')}
              AND parent_span_id IN (
                SELECT parent_span_id
                FROM spans
                WHERE is_call AND status = 'error' AND parent_span_id != '' AND ${within('start_time')}
                  AND ${filters()}
              )
              AND ${filters()}
          )
          GROUP BY trace_id, parent_span_id, request_model
          HAVING failures > 0
        )`),
    ],
  },
]
