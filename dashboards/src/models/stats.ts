/**
 * The numbers about tokens that a dashboard begins with.
 *
 * Invariant: an effective price divides by the tokens of priced and unpriced calls alike, and says so.
 */
import type { Panel } from '../model.ts'
import { cacheSavings } from '../sql/prices.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { total } from './numbers.ts'

const NO_TOKENS = 'No tokens in this range'

/** Row 1. */
export const modelStatPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Price of a million tokens',
    description:
      'What was spent, divided by all tokens in and out, for a million of them; against the period of the same length just before. Calls without a price make it too low.',
    unit: 'usd',
    value: 'price',
    captions: [{ column: 'change', label: 'vs period before', unit: 'percent' }],
    empty: NO_TOKENS,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [total('price', 'change')],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Input from a cache',
    description: 'Share of the input tokens that providers read from a prompt cache, and how many those are.',
    unit: 'percent',
    value: 'hit_ratio',
    captions: [{ column: 'cached_tokens', label: 'tokens read', unit: 'tokens' }],
    empty: NO_TOKENS,
    calls: { sort: '-tokens' },
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [total('hit_ratio', 'cached_tokens')],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'Saved by caches',
    description:
      'Estimate at list prices: what the tokens read from caches would have cost as plain input, less what they cost; below it what writing them cost more than plain input.',
    unit: 'usd',
    value: 'saved',
    captions: [{ column: 'extra', label: 'more for writing', unit: 'usd' }],
    empty: 'No model with a list price was called in this range',
    calls: { sort: '-tokens' },
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT if(countIf(priced) = 0, NULL, sum(saved)) AS saved, if(countIf(priced) = 0, NULL, sum(extra)) AS extra
        FROM ${cacheSavings()}`),
    ],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'Reasoning',
    description:
      'Share of the output tokens that models spent on reasoning nobody sees, and how many those are.',
    unit: 'percent',
    value: 'reasoning_ratio',
    captions: [{ column: 'reasoning_tokens', label: 'tokens', unit: 'tokens' }],
    empty: 'No output in this range',
    calls: { sort: '-tokens' },
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [total('reasoning_ratio', 'reasoning_tokens')],
  },
]
