/**
 * What a unit of each meter costs: from the call itself, else from the options of the installation.
 *
 * Invariant: a price holds only for the unit that it was stated for; a quantity in another unit has no price
 * rather than a wrong one.
 */
import { rateQuantity } from '../pricing/rate-quantity.ts'
import { decimalText } from '../providers/fields.ts'

/** Price of one unit of a meter. */
export interface MeterPrice {
  /** What one unit costs; a decimal string (`'0.001'`) where every digit matters. */
  unitPrice: number | string
  /** The unit that the price is for (`min`); quantities without a unit are taken to be in it. */
  unit?: string
  /** ISO 4217; `USD` unless said. */
  currency?: string
}

/** Prices by the meter's name. */
export type MeterPrices = Readonly<Record<string, MeterPrice>>

/** What a quantity comes to; `cost` and `unitPrice` are decimal strings. */
export interface MeterCost {
  cost: string
  unitPrice: string
  currency: string
}

/**
 * Checks the prices of an installation.
 *
 * @throws {Error} that names every price that is none
 */
export function checkMeterPrices(prices: MeterPrices): void {
  const faults: string[] = []
  for (const [name, price] of Object.entries(prices)) {
    if (decimalText(price?.unitPrice) === undefined) {
      faults.push(`meters.${name}.unitPrice is ${JSON.stringify(price?.unitPrice)}`)
    }
    if (price?.currency !== undefined && !isCurrency(price.currency)) {
      faults.push(`meters.${name}.currency is ${JSON.stringify(price.currency)}`)
    }
  }
  if (faults.length === 0) return
  throw new Error(
    `cannot install meters: ${faults.join(', ')}; a unit price is a decimal of 0 or more, like '0.02', a currency three letters, like 'EUR'`,
  )
}

/**
 * What `quantity` of a meter costs.
 *
 * @param quantity a plain decimal
 * @param own the price that the call states itself
 * @returns `undefined` where no price is known for that unit
 * @throws {Error} where the call's own price is no decimal
 */
export function priceMeter(
  name: string,
  quantity: string,
  unit: string | undefined,
  own: { unitPrice?: number | string | undefined; currency?: string | undefined },
  prices: MeterPrices | undefined,
): MeterCost | undefined {
  const known = prices && Object.hasOwn(prices, name) ? prices[name] : undefined
  const price = own.unitPrice === undefined ? known : { unitPrice: own.unitPrice, currency: own.currency }
  if (!price) return undefined
  if (price === known && unit !== undefined && known.unit !== undefined && unit !== known.unit)
    return undefined
  const unitPrice = decimalText(price.unitPrice)
  if (unitPrice === undefined) throw new Error('the unit price is no decimal of 0 or more')
  const currency = price.currency ?? 'USD'
  if (!isCurrency(currency)) throw new Error('the currency is no code of three letters')
  return { cost: rateQuantity(quantity, unitPrice), unitPrice, currency }
}

function isCurrency(text: unknown): boolean {
  return typeof text === 'string' && /^[A-Z]{3}$/.test(text)
}
