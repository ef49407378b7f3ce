/**
 * Attributes that a developer names: of meters and of runs.
 *
 * Invariant: they never take the place of an attribute that Spanmeter or the conventions give a meaning to, and
 * their number and length are bounded.
 */
import type { Attributes } from '@opentelemetry/api'

/** Names of one's own, such as `intent` or `commits_processed`. */
export type CustomAttributes = Readonly<Record<string, string | number | boolean | undefined>>

const MAX_ATTRIBUTES = 64
const MAX_LENGTH = 256
const RESERVED = /^(?:spanmeter|gen_ai)\./

/**
 * Writes `attributes` into `target`; texts are cut at 256 characters.
 *
 * @param prefix what their names begin with; without one, reserved names (`spanmeter.`, `gen_ai.`) are left out
 * @returns how many were left out because they are no text, finite number or truth value, reserved, or too many
 */
export function addCustom(target: Attributes, attributes: CustomAttributes, prefix = ''): number {
  let added = 0
  let left = 0
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    const known = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
    const refused =
      !known || name === '' || name.length > MAX_LENGTH || (prefix === '' && RESERVED.test(name))
    if (refused || added === MAX_ATTRIBUTES) {
      left++
      continue
    }
    target[prefix + name] = typeof value === 'string' ? value.slice(0, MAX_LENGTH) : value
    added++
  }
  return left
}
