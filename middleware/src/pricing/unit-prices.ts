/**
 * Prices that the user states for what is not billed in tokens.
 *
 * Invariant: rows are checked when they are given, every fault at once; the first row that fits counts.
 */
import type { MeterPrice } from './rate-meter.ts'

/** One price of one provider's meter. */
export interface UnitPriceRow {
  /** Name of the provider (`deepgram`), or the host of a row of `apis`. */
  provider: string
  /** Name of the model; a star at its end stands for any rest (`nova-3*`). Absent = every model. */
  model?: string
  /** Name of the meter (`transcription`). Absent = every meter of that unit. */
  meter?: string
  /** What the price is for; time may be priced by `second`, `minute` or `hour` whatever the meter counts. */
  unit: string
  /** USD, as decimal text (`'0.0043'`). */
  unitPrice: string
}

/** Finds the user's price of a metered quantity. */
export type FindUnitPrice = (
  provider: string,
  model: string | undefined,
  meter: { name: string; unit: string },
) => MeterPrice | undefined

/** Whether a text is a price: digits with at most one point. */
export function isPrice(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,18}(\.\d{1,18})?$/.test(text)
}

const TIME: ReadonlySet<string> = new Set(['second', 'minute', 'hour'])

/** @throws {Error} listing every fault of the rows */
export function compileUnitPrices(rows: readonly UnitPriceRow[]): FindUnitPrice {
  const faults = rows.flatMap((row, at) => faultsOf(row).map((fault) => `unitPrices[${at}].${fault}`))
  if (faults.length > 0) {
    throw new Error(`cannot use unit prices: ${faults.join('; ')}; correct the options`)
  }
  return (provider, model, meter) =>
    rows.find(
      (row) =>
        row.provider === provider &&
        (row.meter === undefined || row.meter === meter.name) &&
        (row.unit === meter.unit || (TIME.has(row.unit) && TIME.has(meter.unit))) &&
        fits(row.model, model),
    )
}

function fits(pattern: string | undefined, model: string | undefined): boolean {
  if (pattern === undefined) return true
  if (model === undefined) return false
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern
}

function faultsOf(row: UnitPriceRow): string[] {
  const faults: string[] = []
  if (typeof row?.provider !== 'string' || row.provider === '') faults.push('provider: want a name')
  if (typeof row?.unit !== 'string' || row.unit === '') faults.push('unit: want a word, such as minute')
  if (!isPrice(row?.unitPrice)) {
    faults.push(`unitPrice: want USD as decimal text such as '0.0043', got ${JSON.stringify(row?.unitPrice)}`)
  }
  return faults
}
