/**
 * One model's prices, compiled to integers, for any moment.
 *
 * Invariant: of several periods the last one that holds at the moment wins; if none holds, the first does.
 */
import { parseDecimal } from './decimal.ts'
import type { Price, PricedModel, PricePeriod, PriceTable } from './price-book.ts'
import type { Buckets } from './usage.ts'

/** What is billed: token buckets, and things that are counted. */
export type Billed =
  | keyof Buckets
  | 'cacheReadAudio'
  | 'cacheReadImage'
  | 'webSearches'
  | 'fileSearches'
  | 'requests'

/** Integer prices of one piece: `base / 10^scale` USD, other prices above a number of total input tokens. */
export interface UnitPrice {
  base: number
  /** Ascending by `start`. */
  tiers: readonly { start: number; price: number }[]
}

/** All prices of a model at one time. Unit prices are USD per piece times `10^scale`. */
export interface CompiledPrices {
  scale: number
  /** `undefined` where the book has no price for it, not even for the bucket that contains it. */
  units: Readonly<Record<Billed, UnitPrice | undefined>>
}

/** Prices by time. */
export interface PriceSchedule {
  at(time: Date): CompiledPrices | undefined
}

/**
 * Which price keys apply to what, the first present wins: the book prices a detail only where it differs from
 * what contains it (a cache read without a price of its own costs what input costs).
 */
export const PRICE_KEYS: Readonly<Record<Billed, readonly string[]>> = {
  input: ['input_mtok'],
  cacheRead: ['cache_read_mtok', 'input_mtok'],
  cacheReadAudio: ['cache_audio_read_mtok', 'cache_read_mtok', 'input_mtok'],
  cacheReadImage: ['cache_image_read_mtok', 'cache_read_mtok', 'input_mtok'],
  cacheWrite5m: ['cache_write_5m_mtok', 'cache_write_mtok', 'input_mtok'],
  cacheWrite1h: ['cache_write_1h_mtok', 'cache_write_mtok', 'input_mtok'],
  cacheWriteOther: ['cache_write_mtok', 'input_mtok'],
  audioInput: ['input_audio_mtok', 'input_mtok'],
  imageInput: ['input_image_mtok', 'input_mtok'],
  outputText: ['output_mtok'],
  reasoning: ['output_reasoning_mtok', 'output_mtok'],
  audioOutput: ['output_audio_mtok', 'output_mtok'],
  imageOutput: ['output_image_mtok', 'output_mtok'],
  webSearches: ['web_searches_kcount'],
  fileSearches: ['storage_searches_kcount'],
  requests: ['requests_kcount'],
}

export function compileSchedule(model: PricedModel): PriceSchedule {
  const periods = model.periods.map((period) => ({
    holds: compileCondition(period),
    prices: compilePrices(period.prices),
  }))
  if (periods.length === 1) return { at: () => periods[0]?.prices }
  return { at: (time) => (periods.findLast((period) => period.holds(time)) ?? periods[0])?.prices }
}

function compileCondition(period: PricePeriod): (time: Date) => boolean {
  if (period.from !== undefined) {
    const start = Date.parse(`${period.from}T00:00:00Z`)
    return (time) => time.getTime() >= start
  }
  if (period.between) {
    const [start, end] = period.between.map(timeOfDay) as [number, number]
    return (time) => {
      const now = time.getTime() - new Date(time).setUTCHours(0, 0, 0, 0)
      return end < start ? now >= start || now < end : now >= start && now < end
    }
  }
  return () => true
}

/** Milliseconds since midnight UTC of `HH:MM:SS[.fff]` with `Z` or `+HH:MM`. */
function timeOfDay(text: string): number {
  const day = 86_400_000
  return ((Date.parse(`2000-01-01T${text}`) % day) + day) % day
}

function compilePrices(prices: PriceTable): CompiledPrices {
  // Thousands are scaled like millions, so that one scale serves both.
  const perMillion = (key: string, text: string) => {
    const { units, scale } = parseDecimal(text)
    return { units: key.endsWith('_kcount') ? units * 1000n : units, scale }
  }
  const used = [...new Set(Object.values(PRICE_KEYS).flat())].filter((key) => prices[key] !== undefined)
  const texts = used.flatMap((key) => allTexts(prices[key] as Price).map((text) => perMillion(key, text)))
  const decimals = Math.max(0, ...texts.map(({ scale }) => scale))
  const toNumber = (key: string, text: string): number => {
    const { units, scale } = perMillion(key, text)
    const scaled = Number(units * 10n ** BigInt(decimals - scale))
    if (Number.isSafeInteger(scaled)) return scaled
    throw new Error(`cannot compile price ${text} of ${key}: more digits than an exact number holds`)
  }
  const compile = (key: string): UnitPrice => {
    const price = prices[key] as Price
    if (typeof price === 'string') return { base: toNumber(key, price), tiers: [] }
    const tiers = price.tiers.map((tier) => ({ start: tier.start, price: toNumber(key, tier.price) }))
    return { base: toNumber(key, price.base), tiers: tiers.sort((a, b) => a.start - b.start) }
  }
  const units = Object.fromEntries(
    Object.entries(PRICE_KEYS).map(([billed, keys]) => {
      const key = keys.find((candidate) => prices[candidate] !== undefined)
      return [billed, key === undefined ? undefined : compile(key)]
    }),
  ) as Record<Billed, UnitPrice | undefined>
  return { scale: decimals + 6, units }
}

function allTexts(price: Price): string[] {
  return typeof price === 'string' ? [price] : [price.base, ...price.tiers.map((tier) => tier.price)]
}
