/**
 * Random calls of a few tenants over weeks in which clocks change, the same ones for the same seed.
 *
 * Invariant: what a call says fits together as in a call that came in: a cost or a reason for none, and a refused call
 * without usage. Some begin at the very edges of hours and days, some in the last nanosecond before.
 */
import fc from 'fast-check'
import { formatDecimal } from '../src/query/decimal.ts'
import { call, type SpanRow } from './span-rows.ts'

export const FIRST: number = Date.parse('2026-02-20T00:00:00Z')
export const LAST: number = Date.parse('2026-04-10T00:00:00Z')
const HOUR = 3_600_000

const MODELS = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-4o-mini'],
  ['anthropic', 'claude-3-5-haiku-latest'],
  ['google', 'gemini-2.5-flash'],
  ['', 'ours'],
] as const
const tokens = fc.integer({ min: 0, max: 200_000 })

const instant = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.integer({ min: FIRST, max: LAST }), fc.integer({ min: 0, max: 999_999 })),
  },
  fc
    .tuple(fc.integer({ min: 0, max: (LAST - FIRST) / HOUR - 1 }), fc.boolean())
    .map(([hour, before]): [number, number] =>
      before ? [FIRST + (hour + 1) * HOUR - 1, 999_999] : [FIRST + hour * HOUR, 0],
    ),
)

const fields = fc.record({
  at: instant,
  model: fc.constantFrom(...MODELS),
  tenant_id: fc.constantFrom('acme', 'globex', "d'\\\n", ''),
  user_id: fc.constantFrom('u1', 'u2', 'u3', ''),
  conversation_id: fc.constantFrom('c1', 'c2', ''),
  run_id: fc.constantFrom('r1', 'r2', ''),
  feature: fc.constantFrom('chat', 'search', ''),
  agent_id: fc.constantFrom('a1', 'a2', ''),
  service_name: fc.constantFrom('api', 'worker', ''),
  environment: fc.constantFrom('production', 'staging'),
  isCall: fc.integer({ min: 0, max: 9 }).map((value) => value > 0),
  outcome: fc.constantFrom(
    'answered',
    'answered',
    'answered',
    'estimated',
    'missing',
    'unknown',
    'failed',
    'broken',
  ),
  cost: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  usage: fc.tuple(tokens, tokens, tokens, tokens, tokens),
})

/** So many rows of `spans`, calls and a few spans that are none. */
export function randomCalls(count: number, seed: number): SpanRow[] {
  return fc
    .sample(fields, { numRuns: count, seed })
    .map(({ at, model, isCall, outcome, cost, usage, ...names }) => {
      const unpriced = { missing: 'missing_usage', unknown: 'unknown_model', failed: 'failed' }[
        outcome as string
      ]
      const none = outcome === 'missing' || outcome === 'failed'
      const [input, cached, written, output, reasoning] = none ? [0, 0, 0, 0, 0] : usage
      const failed = outcome === 'failed' || outcome === 'broken'
      return call(new Date(at[0]).toISOString().slice(0, 23) + String(at[1]).padStart(6, '0'), {
        ...names,
        ...{ provider: model[0], model: model[1], request_model: model[1], is_call: isCall },
        ...{
          status: failed ? 'error' : 'ok',
          http_status_code: failed ? 429 : 200,
          error_type: failed ? '429' : '',
        },
        usage_source: none ? 'missing' : outcome === 'estimated' ? 'estimated' : 'provider',
        cost: unpriced === undefined ? formatDecimal(cost) : null,
        cost_source: unpriced === undefined ? 'local' : '',
        unpriced_reason: unpriced ?? '',
        ...{ input_uncached_tokens: input, cache_read_tokens: cached, cache_write_5m_tokens: written },
        ...{ output_text_tokens: output, reasoning_tokens: reasoning },
      })
    })
}
