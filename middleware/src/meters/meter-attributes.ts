/**
 * What a metered quantity is as attributes.
 *
 * Invariant: pure. An event has a cost or the reason for none, never both; a level has neither, because what it
 * costs depends on how long it lasts.
 */
import type { Attributes } from '@opentelemetry/api'
import { decimalText } from '../providers/fields.ts'
import { ATTR, type UsageSource } from '../telemetry/attributes.ts'
import { addCustom, type CustomAttributes } from '../telemetry/custom-attributes.ts'
import { type MeterPrices, priceMeter } from './meter-prices.ts'

/** What can be said of a quantity beside its meter's name. */
export interface MeterFacts {
  /** What is counted: `min`, `MB`, `{query}`. Absent = the unit of the installed price, else `1`. */
  unit?: string | undefined
  /** Whom it is paid to (`twilio`), where one wants totals by provider. */
  provider?: string | undefined
  /** Price of one unit; outweighs the installed one. */
  unitPrice?: number | string | undefined
  /** ISO 4217, for `unitPrice`; `USD` unless said. */
  currency?: string | undefined
  /** The quantity is a guess, such as minutes from the size of a file. */
  estimated?: boolean | undefined
  /** The quantity is how much there is now (megabytes stored), not how much was used. */
  level?: boolean | undefined
  /** Names of one's own: operation, intent, file type. Never content. */
  attributes?: CustomAttributes | undefined
}

/** More digits before the point than the store can hold. */
const TOO_LONG = /^\d{27}/
const MAX_LENGTH = 256

/**
 * The attributes of `quantity` of meter `name`.
 *
 * @param quantity 0 or more; a decimal string is kept digit by digit
 * @throws {Error} for what cannot be counted: no name, no such number, a price that is none
 */
export function meterAttributes(
  name: string,
  quantity: number | string,
  facts: MeterFacts,
  prices: MeterPrices | undefined,
): Attributes {
  if (typeof name !== 'string' || name === '') throw new Error('the meter has no name')
  const text = decimalText(quantity)
  if (text === undefined || TOO_LONG.test(text)) {
    throw new Error('the quantity is no decimal of 0 or more')
  }
  const attributes: Attributes = {}
  if (facts.attributes) addCustom(attributes, facts.attributes)
  attributes[ATTR.meterName] = name.slice(0, MAX_LENGTH)
  attributes[ATTR.meterQuantity] = typeof quantity === 'number' && String(quantity) === text ? quantity : text
  const installed = prices && Object.hasOwn(prices, name) ? prices[name]?.unit : undefined
  attributes[ATTR.meterUnit] = (facts.unit ?? installed ?? '1').slice(0, MAX_LENGTH)
  attributes[ATTR.meterKind] = facts.level ? 'level' : 'event'
  if (facts.provider) attributes[ATTR.provider] = facts.provider.slice(0, MAX_LENGTH)
  const source: UsageSource = facts.estimated ? 'estimated' : 'provider'
  attributes[ATTR.usageSource] = source
  if (!facts.level) addCost(attributes, name, text, facts, prices)
  return attributes
}

function addCost(
  attributes: Attributes,
  name: string,
  quantity: string,
  facts: MeterFacts,
  prices: MeterPrices | undefined,
): void {
  const price = priceMeter(name, quantity, facts.unit, facts, prices)
  if (!price) {
    attributes[ATTR.unpricedReason] = 'unpriced_usage'
    return
  }
  const amount = Number(price.cost)
  attributes[ATTR.meterUnitPrice] = price.unitPrice
  attributes[ATTR.costExact] = price.cost
  attributes[ATTR.costAmount] = amount
  if (price.currency === 'USD') attributes[ATTR.costMirror] = amount
  attributes[ATTR.costCurrency] = price.currency
  attributes[ATTR.costSource] = 'local'
}
