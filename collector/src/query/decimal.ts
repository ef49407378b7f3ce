/**
 * Decimal amounts with 12 decimals as exact integers of 1e-12.
 *
 * Invariant: nothing is rounded, except where a function says so; no amount passes through a double.
 */

/** How many decimals an amount has. */
const SCALE = 12
const UNIT = 10n ** BigInt(SCALE)
const DECIMAL = /^(-?)(\d+)(?:\.(\d{1,12}))?$/

/** Reads a decimal string with at most 12 decimals as units of 1e-12. Throws RangeError on anything else. */
export function parseDecimal(text: string): bigint {
  const match = DECIMAL.exec(text)
  if (match === null)
    throw new RangeError(
      `cannot read decimal ${JSON.stringify(text)}: not digits with at most ${SCALE} decimals`,
    )
  const [, sign, whole = '0', fraction = ''] = match
  const units = BigInt(whole) * UNIT + BigInt(fraction.padEnd(SCALE, '0'))
  return sign === '-' ? -units : units
}

/** Writes units of 1e-12 as the shortest decimal string: `0.0000015`, `12`, `0`. */
export function formatDecimal(units: bigint): string {
  const absolute = units < 0n ? -units : units
  const fraction = (absolute % UNIT).toString().padStart(SCALE, '0').replace(/0+$/, '')
  const text = `${absolute / UNIT}${fraction === '' ? '' : `.${fraction}`}`
  return units < 0n ? `-${text}` : text
}

/** Divides an amount by a count, rounded half away from zero at the twelfth decimal; null when the count is 0. */
export function divideDecimal(units: bigint, count: number): bigint | null {
  if (count === 0) return null
  const divisor = BigInt(count)
  const absolute = units < 0n ? -units : units
  const quotient = (absolute * 2n + divisor) / (divisor * 2n)
  return units < 0n ? -quotient : quotient
}
