/**
 * The most tokens that a request lets its answer have.
 *
 * Invariant: only names that providers document; a request that asks for several answers allows so many times as much.
 */
import type { JsonObject } from '../streams/json-picker.ts'

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
