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

const DECIMAL = /^(\d{1,30})(?:\.(\d{1,60}))?(?:e([+-]?\d{1,2}))?$/i

/**
 * A number that is not negative as plain decimal text (`3.1e-5` is `0.000031`), or `undefined`. A JSON number has
 * the shortest digits that stand for it, which are those it was written with; no arithmetic is done on it.
 */
export function decimalText(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent)
  const digits = `${'0'.repeat(Math.max(0, 1 - point))}${whole}${fraction}`.padEnd(Math.max(1, point), '0')
  const at = Math.max(1, point)
  const plain = `${digits.slice(0, at).replace(/^0+(?=\d)/, '')}.${digits.slice(at)}`
  return plain.replace(/\.?0*$/, '')
}

/** The sum of two decimals of {@link decimalText}, exactly. */
export function addDecimals(a: string, b: string): string {
  const [x, y] = [a, b].map((text) => text.split('.')) as [string[], string[]]
  const scale = Math.max(x[1]?.length ?? 0, y[1]?.length ?? 0)
  const units = ([whole = '0', fraction = '']: string[]) => BigInt(whole + fraction.padEnd(scale, '0'))
  const sum = (units(x) + units(y)).toString().padStart(scale + 1, '0')
  if (scale === 0) return sum
  return `${sum.slice(0, -scale)}.${sum.slice(-scale)}`.replace(/\.?0*$/, '')
}

/** The product of two decimals of {@link decimalText}, exactly. */
export function multiplyDecimals(a: string, b: string): string {
  const [x = '', y = ''] = [a, b].map((text) => text.replace('.', ''))
  const scale = [a, b].reduce((sum, text) => sum + (text.split('.')[1]?.length ?? 0), 0)
  const digits = (BigInt(x) * BigInt(y)).toString().padStart(scale + 1, '0')
  return decimalText(scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`) ?? '0'
}

/** Number of characters (code points) of a text. */
export function characters(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.length) count--
  }
  return count
}

/** Sets only what is there, so that a later answer never erases what an earlier one said. */
export function assign<T extends object>(target: T, fields: { [K in keyof T]?: T[K] | undefined }): void {
  for (const key in fields) {
    const value = fields[key]
    if (value !== undefined) target[key as keyof T] = value as T[keyof T]
  }
}

const markers = new Map<string, string>()

/** Plugins ask for few keys, in every chunk. */
function markerOf(key: string): string {
  const known = markers.get(key)
  if (known !== undefined) return known
  const marker = `"${key}":`
  if (markers.size < 1_000) markers.set(key, marker)
  return marker
}

/**
 * Length of the JSON string that follows `"key":` in raw data, escapes counted as they stand; 0 if there is none.
 */
export function quotedLength(data: string, key: string): number {
  const marker = markerOf(key)
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
