/**
 * The panels that say how much is asked and how well it is answered.
 *
 * Invariant: an error is a call whose span has status `error`; percentiles are over all calls, also failed ones.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { latency, percentile } from '../sql/latency.ts'
import { seriesTarget, tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_BUCKETS } from '../sql/time.ts'

const NO_CALLS = 'No calls in this range'

/** Rows 3 and 4: requests, errors, latency, tokens. */
export const trafficPanels: readonly Panel[] = [
  {
    id: 7,
    kind: 'stat',
    title: 'Requests',
    description: 'Calls to paid APIs that began in the chosen range, and how many that is a minute.',
    unit: 'count',
    value: 'requests',
    captions: [{ column: 'per_minute', label: 'a minute', unit: 'rate' }],
    empty: NO_CALLS,
    calls: {},
    gridPos: { x: 0, y: 13, w: 4, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT sum(n_calls) AS requests, requests / greatest((\${__to} - \${__from}) / 60000, 1 / 60) AS per_minute
        FROM ${calls({ measures: ['calls'] })}`),
    ],
  },
  {
    id: 8,
    kind: 'stat',
    title: 'Error rate',
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
    gridPos: { x: 4, y: 13, w: 4, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT if(sum(n_calls) = 0, NULL, sum(n_errors) / sum(n_calls)) AS error_rate, sum(n_errors) AS errors
        FROM ${calls({ measures: ['calls', 'errors'] })}`),
    ],
  },
  {
    id: 9,
    kind: 'stat',
    title: 'Latency, p95',
    description:
      'Nineteen of twenty calls were complete within this time, and half of them within the time below it.',
    unit: 'seconds',
    value: 'p95',
    captions: [{ column: 'p50', label: 'median', unit: 'seconds' }],
    empty: NO_CALLS,
    calls: { sort: '-duration' },
    gridPos: { x: 8, y: 13, w: 4, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT ${percentile('latency', 1)} AS p95, ${percentile('latency', 0)} AS p50
        FROM ${latency({ sketches: ['latency'] })}`),
    ],
  },
  {
    id: 10,
    kind: 'stat',
    title: 'First token, p95',
    description:
      'Nineteen of twenty streamed calls brought their first chunk within this time, half of them within the time below it.',
    unit: 'seconds',
    value: 'p95',
    captions: [{ column: 'p50', label: 'median', unit: 'seconds' }],
    empty: 'No streamed calls in this range',
    calls: { sort: '-duration' },
    gridPos: { x: 12, y: 13, w: 4, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT ${percentile('ttfc', 1)} AS p95, ${percentile('ttfc', 0)} AS p50
        FROM ${latency({ sketches: ['ttfc'] })}`),
    ],
  },
  {
    id: 11,
    kind: 'stat',
    title: 'Tokens',
    description:
      'Tokens in and out together, and the share of the input that came from a cache of the provider.',
    unit: 'tokens',
    value: 'tokens',
    captions: [{ column: 'cached', label: 'of input cached', unit: 'percent' }],
    empty: NO_CALLS,
    calls: { sort: '-tokens' },
    gridPos: { x: 16, y: 13, w: 4, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT sum(n_input_tokens) + sum(n_output_tokens) AS tokens,
          if(sum(n_input_tokens) = 0, NULL, sum(n_cache_read_tokens) / sum(n_input_tokens)) AS cached
        FROM ${calls({ measures: ['input_tokens', 'output_tokens', 'cache_read_tokens'] })}`),
    ],
  },
  {
    id: 13,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Requests and errors',
    description: 'Calls that began in each interval, the failed ones apart.',
    unit: 'count',
    series: [
      { name: 'succeeded', title: 'Succeeded' },
      { name: 'failed', title: 'Failed' },
    ],
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: {},
    gridPos: { x: 0, y: 17, w: 8, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS}
        SELECT ${bucket('at')} AS time, sum(n_calls) - sum(n_errors) AS succeeded, sum(n_errors) AS failed
        FROM ${calls({ measures: ['calls', 'errors'], bucketed: true })}
        GROUP BY time
        ORDER BY time`),
    ],
  },
  {
    id: 14,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    title: 'Latency',
    description:
      'How long calls took that began in each interval: median and 95th percentile, and the time to the first chunk of streamed ones.',
    unit: 'seconds',
    series: [
      { name: 'p95', title: 'p95' },
      { name: 'p50', title: 'Median' },
      { name: 'first_token', title: 'First token, median' },
    ],
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: { sort: '-duration' },
    gridPos: { x: 8, y: 17, w: 8, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS}
        SELECT ${bucket('at')} AS time, ${percentile('latency', 1)} AS p95, ${percentile('latency', 0)} AS p50,
          ${percentile('ttfc', 0)} AS first_token
        FROM ${latency({ bucketed: true })}
        GROUP BY time
        ORDER BY time`),
    ],
  },
  {
    id: 15,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Tokens by kind',
    description:
      'Tokens of the calls that began in each interval: input that was read fresh, from a cache, or written to one, and output.',
    unit: 'tokens',
    series: [
      { name: 'input', title: 'Input' },
      { name: 'cache_read', title: 'Cache read' },
      { name: 'cache_write', title: 'Cache write' },
      { name: 'output', title: 'Output' },
    ],
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: { sort: '-tokens' },
    gridPos: { x: 16, y: 17, w: 8, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS}
        SELECT ${bucket('at')} AS time,
          sum(n_input_tokens) - sum(n_cache_read_tokens) - sum(n_cache_write_tokens) AS input,
          sum(n_cache_read_tokens) AS cache_read, sum(n_cache_write_tokens) AS cache_write,
          sum(n_output_tokens) AS output
        FROM ${calls({ measures: ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'], bucketed: true })}
        GROUP BY time
        ORDER BY time`),
    ],
  },
]
