/**
 * Tokens and their price over time.
 *
 * Invariant: stacked values are sums of tokens; prices and shares are lines with gaps where nothing was called.
 */
import type { Panel } from '../model.ts'
import { seriesTarget } from '../sql/target.ts'
import { topOverTime, topRatioOverTime } from '../sql/top.ts'
import { overTime } from './numbers.ts'

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
    targets: [overTime('fresh', 'cache_read', 'cache_write')],
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
    targets: [overTime('answer', 'reasoning')],
  },
]
