/**
 * What an hour comes to for each configured meter, in the whole numbers that Stripe takes.
 *
 * Invariant: pure and exact until the last step, which rounds half up; an hour is rounded once, as a whole.
 */
import type { StripeMeterConfig } from '../config/stripe.ts'
import { parseDecimal } from '../query/decimal.ts'
import type { CallHour, MeterHour } from '../query/tenant-hours.ts'

/** An hour of a tenant and what it comes to. */
export interface HourTotal {
  readonly tenant: string
  readonly eventName: string
  /** Milliseconds. */
  readonly hour: number
  /** A whole number. */
  readonly total: string
}

const ONE = 10n ** 12n

/** The totals of all meters; nothing for hours without usage. */
export function totalsOf(
  meters: readonly StripeMeterConfig[],
  usage: { readonly calls: readonly CallHour[]; readonly meters: readonly MeterHour[] },
  creditsPerUsd: string,
): HourTotal[] {
  return meters.flatMap(({ eventName, of, multiply }) => {
    const factor = parseDecimal(multiply)
    const total = (units: bigint) => String(rounded(units * factor, ONE * ONE))
    if (typeof of !== 'string')
      return usage.meters
        .filter(({ meter }) => meter === of.meter)
        .map(({ tenant, hour, quantity }) => ({
          ...{ tenant, eventName, hour: Number(hour) * 1000, total: total(parseDecimal(quantity)) },
        }))
    return usage.calls.map((row) => ({
      ...{ tenant: row.tenant, eventName, hour: Number(row.hour) * 1000 },
      total: total(unitsOf(of, row, creditsPerUsd)),
    }))
  })
}

function unitsOf(of: 'cost' | 'credits' | 'tokens' | 'calls', row: CallHour, creditsPerUsd: string): bigint {
  if (of === 'cost') return parseDecimal(row.cost)
  if (of === 'credits') return (parseDecimal(row.cost) * parseDecimal(creditsPerUsd)) / ONE
  return BigInt(row[of]) * ONE
}

function rounded(units: bigint, one: bigint): bigint {
  return units < 0n ? -((-units + one / 2n) / one) : (units + one / 2n) / one
}
