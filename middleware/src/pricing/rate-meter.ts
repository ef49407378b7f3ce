/**
 * Rates a quantity that is not tokens: so much of a unit, at so much a unit.
 *
 * Invariant: exact to 12 decimals (rounded half to even once), or absent; units of time are converted, no others.
 */
import { formatQuotient, parseDecimal } from './decimal.ts'
import { findPricedModel, type PricedModel, priceVersion } from './price-book.ts'

/** USD for one unit. */
export interface MeterPrice {
  /** Decimal text. */
  unitPrice: string
  unit: string
}

const SECONDS: Readonly<Record<string, bigint>> = { second: 1n, minute: 60n, hour: 3600n }

/**
 * What `quantity` units cost, in USD as decimal text; `undefined` where the price is for a unit of another kind.
 *
 * @param quantity decimal text
 * @throws {Error} for what is no decimal
 */
export function costOf(quantity: string, unit: string, price: MeterPrice): string | undefined {
  const from = unit === price.unit ? 1n : SECONDS[unit]
  const to = unit === price.unit ? 1n : SECONDS[price.unit]
  if (from === undefined || to === undefined) return undefined
  const amount = parseDecimal(quantity)
  const each = parseDecimal(price.unitPrice)
  const scale = 10n ** BigInt(amount.scale + each.scale)
  return formatQuotient(amount.units * each.units * from, scale * to)
}

/** What the price book asks for a quantity of time, or for requests. */
export function bookPrice(
  provider: string,
  models: readonly (string | undefined)[],
  unit: string,
  at: Date,
): { price: MeterPrice; version: string } | undefined {
  for (const name of models) {
    const model = name === undefined ? undefined : findPricedModel(provider, name)
    if (!model) continue
    const prices = periodAt(model, at)
    const hours = prices?.audio_hours
    if (typeof hours === 'string' && unit in SECONDS) {
      return { price: { unitPrice: hours, unit: 'hour' }, version: priceVersion }
    }
  }
  return undefined
}

/** Of models whose prices depend on the time of day none is billed by time. */
function periodAt(model: PricedModel, at: Date): PricedModel['periods'][number]['prices'] | undefined {
  const day = at.toISOString().slice(0, 10)
  const holds = model.periods.filter((period) => !period.between && (period.from ?? '') <= day)
  return (holds.at(-1) ?? model.periods[0])?.prices
}
