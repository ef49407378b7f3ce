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

/** Reads a decimal of at most 12 decimals; what is beyond them is rounded up. @throws {Error} for anything else */
export function parseAmount(text: string): bigint {
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
