/**
 * Decimal texts as the 128-bit whole numbers that ClickHouse stores.
 *
 * Invariant: exact. A text with more digits than the scale holds is rounded half up, once; anything that is
 * no plain non-negative decimal is refused.
 */

/** Largest number of digits before the point that `Decimal(38, scale)` holds at either scale in use. */
const MAX_WHOLE_DIGITS = 26

/**
 * Writes decimal text `source[start, end)` times 10^scale as a little-endian Int128 at `at` of `target`.
 * Returns false, and writes nothing, when the text is no such decimal.
 */
export function writeDecimal(
  source: Buffer,
  start: number,
  end: number,
  scale: number,
  target: Buffer,
  at: number,
): boolean {
  let whole = 0
  let wholeDigits = 0
  let i = start
  for (; i < end; i++) {
    const digit = (source[i] as number) - 48
    if (digit < 0 || digit > 9) break
    whole = whole * 10 + digit
    if (whole > 0) wholeDigits++
  }
  const anyWhole = i > start
  let fraction = 0
  let fractionDigits = 0
  let roundUp = false
  if (i < end) {
    if (source[i] !== 46) return false
    i++
    if (i === end) return false
    for (; i < end; i++) {
      const digit = (source[i] as number) - 48
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
  for (let digits = fractionDigits; digits < scale; digits++) fraction *= 10
  if (roundUp) fraction++
  const unit = 10 ** scale
  if (whole <= 9000) {
    writeSmall(target, at, whole * unit + fraction)
  } else {
    const exactWhole = BigInt(source.toString('latin1', start, start + wholeLength(source, start, end)))
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

function writeSmall(target: Buffer, at: number, value: number): void {
  target.writeUInt32LE(value >>> 0, at)
  target.writeUInt32LE(Math.floor(value / 4294967296) >>> 0, at + 4)
  target.fill(0, at + 8, at + 16)
}

function writeBig(target: Buffer, at: number, value: bigint): void {
  target.writeBigUInt64LE(value & 0xffffffffffffffffn, at)
  target.writeBigUInt64LE(value >> 64n, at + 8)
}
