/**
 * Models side by side.
 *
 * Invariant: prices here are what was really spent a token, list prices only where a title says saved.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { cacheSavings } from '../sql/prices.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

/** Rows 3 and 4. */
export const modelTablePanels: readonly Panel[] = [
  {
    id: 9,
    kind: 'bargauge',
    entity: 'model',
    title: 'Saved by caches, by model',
    description:
      'Estimate at list prices: what input read from a prompt cache would have cost more as plain input, for the eight models that saved most.',
    unit: 'usd',
    label: 'label',
    value: 'saved',
    empty: 'No model with a list price read from a cache in this range',
    calls: { sort: '-tokens' },
    gridPos: { x: 16, y: 13, w: 8, h: 8 },
    targets: [
      tableTarget(sql`
        SELECT model AS label, sum(saved) AS saved
        FROM ${cacheSavings()}
        WHERE priced
        GROUP BY label
        HAVING saved > 0
        ORDER BY saved DESC, label
        LIMIT 8`),
    ],
  },
  {
    id: 10,
    kind: 'table',
    title: 'Models',
    description:
      'Every model of the chosen range: calls, tokens, how much of its input came from a cache, what it spent on reasoning, and what a call and a million tokens really cost.',
    unit: 'none',
    columns: [
      { name: 'model', title: 'Model', entity: 'model' },
      { name: 'provider', title: 'Provider', entity: 'provider' },
      { name: 'requests', title: 'Calls', unit: 'count' },
      { name: 'input', title: 'In', unit: 'tokens' },
      { name: 'output', title: 'Out', unit: 'tokens' },
      { name: 'hit_ratio', title: 'Cached', unit: 'percent' },
      { name: 'reasoning', title: 'Reasoning', unit: 'percent' },
      { name: 'per_call', title: 'A call', unit: 'usd' },
      { name: 'per_million', title: 'A million tokens', unit: 'usd' },
      { name: 'unpriced', title: 'Unpriced', unit: 'count' },
      { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
    ],
    empty: 'No calls in this range',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 21, w: 24, h: 11 },
    targets: [
      tableTarget(sql`
        SELECT
          if(model = '', 'unknown', model) AS model, provider,
          sum(n_calls) AS requests, sum(n_input_tokens) AS input, sum(n_output_tokens) AS output,
          if(input = 0, NULL, sum(n_cache_read_tokens) / input) AS hit_ratio,
          if(output = 0, NULL, sum(n_reasoning_tokens) / output) AS reasoning,
          if(requests = sum(n_unpriced_calls), NULL, toFloat64(sum(n_cost)) / (requests - sum(n_unpriced_calls))) AS per_call,
          if(input + output = 0, NULL, toFloat64(sum(n_cost)) / (input + output) * 1000000) AS per_million,
          sum(n_unpriced_calls) AS unpriced,
          sum(n_cost) AS cost
        FROM ${calls({
          measures: [
            'calls',
            'cost',
            'input_tokens',
            'output_tokens',
            'cache_read_tokens',
            'reasoning_tokens',
            'unpriced_calls',
          ],
          dimensions: ['model', 'provider'],
        })}
        GROUP BY model, provider
        ORDER BY cost DESC, model, provider
        LIMIT 50`),
    ],
  },
]
