/**
 * Rates a quantity of anything that has one unit price: minutes, searches, megabytes.
 *
 * Invariant: the product of two decimals is exact and rounded once, half to even, to 12 decimals.
 */
import { formatCost, parseDecimal } from './decimal.ts'

/**
 * What `quantity` units cost at `unitPrice` each, as a decimal string.
 *
 * @param quantity a plain decimal (`2.1`)
 * @param unitPrice a plain decimal in the currency of the result
 * @throws {Error} where either is no plain decimal
 */
export function rateQuantity(quantity: string, unitPrice: string): string {
  const amount = parseDecimal(quantity)
  const price = parseDecimal(unitPrice)
  return formatCost(amount.units * price.units, amount.scale + price.scale)
}
