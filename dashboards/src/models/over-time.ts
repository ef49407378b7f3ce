/**
 * Tokens and their price over time.
 *
 * Invariant: stacked values are sums of tokens; prices and shares are lines with gaps where nothing was called.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_BUCKETS } from '../sql/time.ts'
import { topOverTime, topRatioOverTime } from '../sql/top.ts'

const NO_TOKENS = 'No tokens in this range'
const TOKENS = 'n_input_tokens + n_output_tokens'

/** Rows 2 and 3. */
export const modelOverTimePanels: readonly Panel[] = [
  {
    id: 5,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    entity: 'model',
    title: 'Tokens by model',
    description:
      'Tokens in and out of the calls that began in each interval, for the seven models that use most and all others together.',
    unit: 'tokens',
    empty: NO_TOKENS,
    maxDataPoints: 29,
    calls: { sort: '-tokens' },
    gridPos: { x: 0, y: 4, w: 12, h: 9 },
    targets: [seriesTarget(topOverTime('model', ['input_tokens', 'output_tokens'], TOKENS, 7, 'tokens'))],
  },
  {
    id: 6,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    entity: 'model',
    title: 'Price of a million tokens by model',
    description:
      'Cost divided by all tokens of the calls that began in each interval, for the five models that cost most.',
    unit: 'usd',
    empty: NO_TOKENS,
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 4, w: 12, h: 9 },
    targets: [
      seriesTarget(
        topRatioOverTime({
          dimension: 'model',
          measures: ['cost', 'input_tokens', 'output_tokens'],
          above: 'n_cost * 1000000',
          below: TOKENS,
          weight: 'n_cost',
          count: 5,
        }),
      ),
    ],
  },
  {
    id: 7,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Input by where it comes from',
    description:
      'Input tokens of the calls that began in each interval: read fresh, read from a prompt cache, or written to one.',
    unit: 'tokens',
    series: [
      { name: 'fresh', title: 'Fresh' },
      { name: 'cache_read', title: 'Cache read' },
      { name: 'cache_write', title: 'Cache write' },
    ],
    empty: NO_TOKENS,
    maxDataPoints: 29,
    calls: { sort: '-tokens' },
    gridPos: { x: 0, y: 13, w: 8, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS}
        SELECT ${bucket('at')} AS time,
          sum(n_input_tokens) - sum(n_cache_read_tokens) - sum(n_cache_write_tokens) AS fresh,
          sum(n_cache_read_tokens) AS cache_read, sum(n_cache_write_tokens) AS cache_write
        FROM ${calls({ measures: ['input_tokens', 'cache_read_tokens', 'cache_write_tokens'], bucketed: true })}
        GROUP BY time
        ORDER BY time`),
    ],
  },
  {
    id: 8,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Output by kind',
    description:
      'Output tokens of the calls that began in each interval: what was answered, and what was spent on reasoning before it.',
    unit: 'tokens',
    series: [
      { name: 'answer', title: 'Answer' },
      { name: 'reasoning', title: 'Reasoning' },
    ],
    empty: 'No output in this range',
    maxDataPoints: 29,
    calls: { sort: '-tokens' },
    gridPos: { x: 8, y: 13, w: 8, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS}
        SELECT ${bucket('at')} AS time, sum(n_output_tokens) - sum(n_reasoning_tokens) AS answer,
          sum(n_reasoning_tokens) AS reasoning
        FROM ${calls({ measures: ['output_tokens', 'reasoning_tokens'], bucketed: true })}
        GROUP BY time
        ORDER BY time`),
    ],
  },
]
