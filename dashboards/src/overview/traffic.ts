/**
 * The panels that say how much is asked and how well it is answered.
 *
 * Invariant: an error is a call whose span has status `error`; percentiles are over all calls, also failed ones.
 */
import type { Panel } from '../model.ts'
import { duration, overTime, total } from './numbers.ts'

const NO_CALLS = 'No calls in this range'
/** Buckets of the charts; the numbers about durations have as many, to be asked with their chart. */
const POINTS = 29

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
    targets: [total('requests', 'per_minute')],
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
    targets: [total('error_rate', 'errors')],
  },
  {
    id: 9,
    kind: 'stat',
    title: 'Latency, p95',
    description:
      'Nineteen of twenty calls were complete within this time, and half of them within the time below it.',
    unit: 'seconds',
    value: 'latency_p95',
    captions: [{ column: 'latency_p50', label: 'median', unit: 'seconds' }],
    empty: NO_CALLS,
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 8, y: 13, w: 4, h: 4 },
    targets: [duration.total('latency_p95', 'latency_p50')],
  },
  {
    id: 10,
    kind: 'stat',
    title: 'First token, p95',
    description:
      'Nineteen of twenty streamed calls brought their first chunk within this time, half of them within the time below it.',
    unit: 'seconds',
    value: 'first_token_p95',
    captions: [{ column: 'first_token_p50', label: 'median', unit: 'seconds' }],
    empty: 'No streamed calls in this range',
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 12, y: 13, w: 4, h: 4 },
    targets: [duration.total('first_token_p95', 'first_token_p50')],
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
    targets: [total('tokens', 'cached')],
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
    maxDataPoints: POINTS,
    calls: {},
    gridPos: { x: 0, y: 17, w: 8, h: 8 },
    targets: [overTime('succeeded', 'failed')],
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
      { name: 'latency_p95', title: 'p95' },
      { name: 'latency_p50', title: 'Median' },
      { name: 'first_token_p50', title: 'First token, median' },
    ],
    empty: NO_CALLS,
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 8, y: 17, w: 8, h: 8 },
    targets: [duration.overTime('latency_p95', 'latency_p50', 'first_token_p50')],
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
    maxDataPoints: POINTS,
    calls: { sort: '-tokens' },
    gridPos: { x: 16, y: 17, w: 8, h: 8 },
    targets: [overTime('input', 'cache_read', 'cache_write', 'output')],
  },
]
