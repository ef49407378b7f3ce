/**
 * The most tokens that a request lets its answer have.
 *
 * Invariant: only names that providers document; a request that asks for several answers allows so many times as much.
 */
import type { JsonObject } from '../streams/json-picker.ts'
import type { Estimate } from './hold-estimate.ts'
import type { RefusalFacts } from './refusal.ts'

/** Dotted paths in bodies of requests. */
const OUTPUT_FIELDS: readonly string[] = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'generationConfig.maxOutputTokens',
  'inferenceConfig.maxTokens',
  'options.num_predict',
  'n',
]

/** @param fields what was found of {@link OUTPUT_FIELDS} */
export function maxOutputOf(fields: JsonObject | undefined): number | undefined {
  if (!fields) return undefined
  for (const path of OUTPUT_FIELDS) {
    let value: unknown = fields
    for (const part of path.split('.')) value = (value as JsonObject | undefined)?.[part]
    if (path === 'n' || typeof value !== 'number' || !(value > 0)) continue
    return value * (typeof fields.n === 'number' && fields.n > 1 ? fields.n : 1)
  }
  return undefined
}

/** How large an answer may be, in tokens, so that its call fits into what a budget that refused it has left. */
export function outputThatFits(
  { unit, limit, committed = '0', held = '0', requested }: RefusalFacts,
  asked: number,
  estimate: (tokens: number) => Pick<Estimate, 'usd' | 'tokens'>,
): number {
  if (limit === undefined || unit === 'calls' || unit === 'runs' || unit === 'meter') return 0
  const of = unit === 'tokens' ? 'tokens' : 'usd'
  const [empty, full] = [estimate(0)[of], estimate(asked)[of]]
  if (!(full > empty)) return 0
  // What was asked for is in the budget's unit, and grows with the answer as the estimate does.
  const room = (Number(limit) - Number(committed) - Number(held)) * (full / Number(requested))
  return Math.min(asked, Math.floor((room - empty) / ((full - empty) / asked)))
}

/** A request's body with a cap on its answer: in the field that it has already, else at `path`. */
export function withMaxOutput(body: JsonObject, path: string, tokens: number): JsonObject {
  const known = OUTPUT_FIELDS.find((field) => field !== 'n' && maxOutputOf(pick(body, field)) !== undefined)
  const [head = '', tail] = (known ?? path).split('.')
  const each = typeof body.n === 'number' && body.n > 1 ? Math.max(1, Math.floor(tokens / body.n)) : tokens
  return { ...body, [head]: tail === undefined ? each : { ...(body[head] as JsonObject), [tail]: each } }
}

function pick(body: JsonObject, path: string): JsonObject {
  const [head = ''] = path.split('.')
  return { [head]: body[head] }
}

const extended = new WeakMap<readonly string[], readonly string[]>()

/** The paths that an endpoint asks for, and those that tell the size of an answer. */
export function withOutputFields(paths: readonly string[] | undefined): readonly string[] {
  if (!paths) return OUTPUT_FIELDS
  const known = extended.get(paths)
  if (known) return known
  const all = [...new Set([...paths, ...OUTPUT_FIELDS])]
  extended.set(paths, all)
  return all
}
