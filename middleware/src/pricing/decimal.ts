/**
 * Decimals as integers with a scale: no price or cost ever passes through a binary fraction.
 *
 * Invariant: a value is `units / 10^scale`, exactly.
 */

/** How many decimals a cost carries. */
const COST_DECIMALS = 12

/** The digits of a plain decimal string (`0.075` is 75 with scale 3). @throws {Error} for anything else */
export function parseDecimal(text: string): { units: bigint; scale: number } {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match)
    throw new Error(`cannot read decimal ${JSON.stringify(text)}: want digits with at most one point`)
  const fraction = match[2] ?? ''
  return { units: BigInt(`${match[1]}${fraction}`), scale: fraction.length }
}

/**
 * `units / 10^scale` as a decimal string without trailing zeros, rounded half to even to 12 decimals.
 *
 * @param units a non-negative integer
 */
export function formatCost(units: bigint | number, scale: number): string {
  let digits = units.toString()
  let decimals = scale
  if (decimals > COST_DECIMALS) {
    digits = roundHalfEven(BigInt(units), 10n ** BigInt(decimals - COST_DECIMALS)).toString()
    decimals = COST_DECIMALS
  }
  if (decimals === 0) return digits
  digits = digits.padStart(decimals + 1, '0')
  const whole = digits.slice(0, -decimals)
  let end = digits.length
  while (end > digits.length - decimals && digits.charCodeAt(end - 1) === 48) end--
  const fraction = digits.slice(digits.length - decimals, end)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** `numerator / denominator` (both not negative) as a decimal string, rounded half to even to 12 decimals. */
export function formatQuotient(numerator: bigint, denominator: bigint): string {
  return formatCost(roundHalfEven(numerator * 10n ** BigInt(COST_DECIMALS), denominator), COST_DECIMALS)
}

function roundHalfEven(units: bigint, divisor: bigint): bigint {
  const quotient = units / divisor
  const twice = (units % divisor) * 2n
  if (twice < divisor || (twice === divisor && quotient % 2n === 0n)) return quotient
  return quotient + 1n
}
