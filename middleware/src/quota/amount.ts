/**
 * Amounts of a budget, of whatever unit: whole numbers of 1e-12 of it.
 *
 * Invariant: exact; only an estimate passes through a double, and is rounded up.
 */
import { formatCost, parseDecimal } from '../pricing/decimal.ts'

/** How many decimals an amount has. */
const DECIMALS = 12
/** One of the unit. */
export const ONE: bigint = 10n ** BigInt(DECIMALS)

/** Digits that a double holds exactly, with the point. */
const SHORT = 16
const POWERS: readonly bigint[] = Array.from({ length: DECIMALS + 1 }, (_, i) => 10n ** BigInt(i))
const ZERO_CODE = 48
const POINT_CODE = 46

/** A short plain decimal, such as `0.0021`; `undefined` for every other text. */
export function parseShort(text: string): bigint | undefined {
  const { length } = text
  if (length === 0 || length > SHORT) return undefined
  let digits = 0
  let point = -1
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code === POINT_CODE && point < 0 && i > 0 && i < length - 1) point = i
    else if (code < ZERO_CODE || code > ZERO_CODE + 9) return undefined
    else digits = digits * 10 + (code - ZERO_CODE)
  }
  if (point < 0 && length === SHORT) return undefined
  const power = POWERS[DECIMALS - (point < 0 ? 0 : length - 1 - point)]
  return power === undefined ? undefined : BigInt(digits) * power
}

/** Reads a decimal of at most 12 decimals; what is beyond them is rounded up. @throws {Error} for anything else */
export function parseAmount(text: string): bigint {
  const short = parseShort(text)
  if (short !== undefined) return short
  const { units, scale } = parseDecimal(text)
  if (scale <= DECIMALS) return units * 10n ** BigInt(DECIMALS - scale)
  const divisor = 10n ** BigInt(scale - DECIMALS)
  return (units + divisor - 1n) / divisor
}

/** Writes a non-negative amount as the shortest decimal. */
export function formatAmount(amount: bigint): string {
  return formatCost(amount < 0n ? 0n : amount, DECIMALS)
}

/** An estimate as an amount, rounded up; what is no number counts as nothing. */
export function ceilAmount(estimate: number): bigint {
  return estimate > 0 && estimate < 1e15 ? BigInt(Math.ceil(estimate * 1e12)) : 0n
}

/** The smaller one. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** The larger one. */
export function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
