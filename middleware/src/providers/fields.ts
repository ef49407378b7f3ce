/**
 * Typed reads from answers that nobody has checked.
 *
 * Invariant: a field of another type, a negative or a fractional count is absent, never an exception.
 */
import type { JsonObject } from '../streams/json-picker.ts'

export function objectAt(value: unknown, key: string): JsonObject | undefined {
  const inner = (value as JsonObject | null | undefined)?.[key]
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? (inner as JsonObject)
    : undefined
}

export function listAt(value: unknown, key: string): unknown[] {
  const inner = (value as JsonObject | null | undefined)?.[key]
  return Array.isArray(inner) ? inner : []
}

export function textAt(value: unknown, key: string): string | undefined {
  const inner = (value as JsonObject | null | undefined)?.[key]
  return typeof inner === 'string' && inner !== '' ? inner : undefined
}

/** A whole number that is not negative. */
export function countAt(value: unknown, key: string): number | undefined {
  const inner = (value as JsonObject | null | undefined)?.[key]
  return typeof inner === 'number' && Number.isSafeInteger(inner) && inner >= 0 ? inner : undefined
}

/** Sets only what is there, so that a later answer never erases what an earlier one said. */
export function assign<T extends object>(target: T, fields: { [K in keyof T]?: T[K] | undefined }): void {
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const value = fields[key]
    if (value !== undefined) target[key] = value as T[keyof T]
  }
}

/**
 * Length of the JSON string that follows `"key":` in raw data, escapes counted as they stand; 0 if there is none.
 */
export function quotedLength(data: string, key: string): number {
  const marker = `"${key}":`
  const found = data.indexOf(marker)
  if (found < 0) return 0
  let start = found + marker.length
  if (data.charCodeAt(start) === 32) start++
  if (data.charCodeAt(start) !== 34) return 0
  start++
  for (let end = data.indexOf('"', start); end >= 0; end = data.indexOf('"', end + 1)) {
    let slash = end
    while (slash > start && data.charCodeAt(slash - 1) === 92) slash--
    if ((end - slash) % 2 === 0) return end - start
  }
  return data.length - start
}
