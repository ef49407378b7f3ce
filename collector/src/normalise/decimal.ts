/**
 * Decimal texts as the 128-bit whole numbers that ClickHouse stores.
 *
 * Invariant: exact. A text with more digits than the scale holds is rounded half up, once; anything that is
 * no plain non-negative decimal is refused.
 */

import type { Bytes } from '../write/bytes.ts'

/** Largest number of digits before the point that `Decimal(38, scale)` holds at either scale in use. */
const MAX_WHOLE_DIGITS = 26
const POWERS: readonly number[] = Array.from({ length: 16 }, (_, i) => 10 ** i)

/**
 * Writes decimal text `source[start, end)` times 10^scale as a little-endian Int128 at `at` of `target`.
 * Returns false, and writes nothing, when the text is no such decimal.
 */
export function writeDecimal(
  source: Bytes,
  start: number,
  end: number,
  scale: number,
  target: Bytes,
  at: number,
): boolean {
  const { data } = source
  let whole = 0
  let wholeDigits = 0
  let i = start
  for (; i < end; i++) {
    const digit = data.getUint8(i) - 48
    if (digit < 0 || digit > 9) break
    whole = whole * 10 + digit
    if (whole > 0) wholeDigits++
  }
  const anyWhole = i > start
  let fraction = 0
  let fractionDigits = 0
  let roundUp = false
  if (i < end) {
    if (data.getUint8(i) !== 46) return false
    i++
    if (i === end) return false
    for (; i < end; i++) {
      const digit = data.getUint8(i) - 48
      if (digit < 0 || digit > 9) return false
      if (fractionDigits < scale) {
        fraction = fraction * 10 + digit
        fractionDigits++
      } else if (fractionDigits++ === scale) {
        roundUp = digit >= 5
      }
    }
  }
  if ((!anyWhole && fractionDigits === 0) || wholeDigits > MAX_WHOLE_DIGITS) return false
  if (fractionDigits < scale) fraction *= POWERS[scale - fractionDigits] as number
  if (roundUp) fraction++
  const unit = POWERS[scale] as number
  if (whole <= 9000) {
    writeSmall(target, at, whole * unit + fraction)
  } else {
    const exactWhole = BigInt(
      source.buffer.toString('latin1', start, start + wholeLength(source.buffer, start, end)),
    )
    writeBig(target, at, exactWhole * BigInt(unit) + BigInt(fraction))
  }
  return true
}

/** The shortest plain decimal text of a non-negative double, or `undefined` where it has none. */
export function decimalText(value: number): string | undefined {
  if (!(value >= 0) || value >= 1e15) return undefined
  const text = String(value)
  return text.includes('e') ? value.toFixed(15) : text
}

function wholeLength(source: Buffer, start: number, end: number): number {
  let i = start
  while (i < end && source[i] !== 46) i++
  return i - start
}

function writeSmall({ data }: Bytes, at: number, value: number): void {
  data.setUint32(at, value >>> 0, true)
  data.setUint32(at + 4, Math.floor(value / 4294967296) >>> 0, true)
  data.setUint32(at + 8, 0, true)
  data.setUint32(at + 12, 0, true)
}

function writeBig({ data }: Bytes, at: number, value: bigint): void {
  data.setBigUint64(at, value & 0xffffffffffffffffn, true)
  data.setBigUint64(at + 8, value >> 64n, true)
}
