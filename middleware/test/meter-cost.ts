/**
 * What a quantity costs, computed a second time: from the fixture's own numbers and from the price data's package.
 *
 * Invariant: shares no arithmetic and no price book with the code that it judges.
 */
import { calcPrice } from '@pydantic/genai-prices'
import { ATTR } from '../src/telemetry/attributes.ts'
import type { Expected } from './describe-provider.ts'

const IN_AN_HOUR: Readonly<Record<string, bigint>> = { second: 3600n, minute: 60n, hour: 1n }

/** Digits and their scale: `1.25` is 125 and 2. */
function digits(text: string): [units: bigint, scale: number] {
  const [whole = '0', fraction = ''] = text.split('.')
  return [BigInt(whole + fraction), fraction.length]
}

/** The price that a case is about: the row that the user states, or what the package asks for an hour. */
function priceOf(expected: Expected, unit: string): { each: string; unit: string } | undefined {
  const rows = expected.unitPrices ?? []
  const row = rows.find((one) => one.unit === unit || (one.unit in IN_AN_HOUR && unit in IN_AN_HOUR))
  if (row) return { each: row.unitPrice, unit: row.unit }
  const { priced } = expected
  if (!priced || 'parts' in priced) return undefined
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, priced.model, {
    providerId: priced.provider,
    timestamp: new Date(expected.at),
  })
  const hours = found?.model_price.audio_hours
  return typeof hours === 'number' ? { each: String(hours), unit: 'hour' } : undefined
}

/** USD in plain decimal text with at most 12 decimals, half to even; `undefined` where the case has no price. */
export function theirMeterCost(expected: Expected): string | undefined {
  const unit = String(expected.attributes[ATTR.meterUnit])
  const price = priceOf(expected, unit)
  if (!price) return undefined
  const [amount, amountScale] = digits(String(expected.attributes[ATTR.meterQuantity]))
  const [each, eachScale] = digits(price.each)
  const same = unit === price.unit
  const numerator = amount * each * (same ? 1n : (IN_AN_HOUR[price.unit] ?? 0n)) * 10n ** 12n
  const denominator = 10n ** BigInt(amountScale + eachScale) * (same ? 1n : (IN_AN_HOUR[unit] ?? 1n))
  let picos = numerator / denominator
  const twice = (numerator % denominator) * 2n
  if (twice > denominator || (twice === denominator && picos % 2n === 1n)) picos++
  const text = picos.toString().padStart(13, '0')
  return `${text.slice(0, -12)}.${text.slice(-12)}`.replace(/\.?0+$/, '')
}
