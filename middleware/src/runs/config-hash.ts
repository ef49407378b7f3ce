/**
 * Fingerprint of a run's configuration.
 *
 * Invariant: equal configurations have equal fingerprints in whatever order their keys were set, and the
 * configuration cannot be read from it (it can be guessed where it has few possible values).
 */
import { createHash } from 'node:crypto'

const DIGITS = 32

/**
 * The first 128 bits of SHA-256 over the configuration as JSON with sorted keys: 32 hexadecimal digits.
 *
 * @throws {TypeError} where the configuration refers to itself
 */
export function configHash(config: unknown): string {
  return createHash('sha256').update(canonical(config, [])).digest('hex').slice(0, DIGITS)
}

function canonical(value: unknown, within: readonly object[]): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (within.includes(value)) throw new TypeError('the configuration refers to itself')
  const inner = [...within, value]
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return canonical(toJSON.call(value), inner)
  if (value instanceof Map || value instanceof Set) return canonical([...value], inner)
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, inner)).join(',')}]`
  const keys = Object.keys(value).sort()
  const pairs = keys
    .map((key) => [key, (value as Record<string, unknown>)[key]] as const)
    .filter(([, item]) => item !== undefined && typeof item !== 'function')
  return `{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item, inner)}`).join(',')}}`
}
