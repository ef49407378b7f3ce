/**
 * The price book: which model costs what, since when, at which hour.
 *
 * Invariant: the data is that of `@pydantic/genai-prices`, generated into `price-book.gen.ts` and looked up by
 * that package's own rules; a provider is parsed when it is first asked for.
 */
import { PRICE_BOOK, PRICE_BOOK_VERSION } from './price-book.gen.ts'

/** How a model name is recognised; all comparisons but `regex` ignore case. */
export type MatchRule =
  | { or: MatchRule[] }
  | { and: MatchRule[] }
  | { equals: string }
  | { starts_with: string }
  | { ends_with: string }
  | { contains: string }
  | { regex: string }

/** USD as a decimal string, or by total input tokens: the last tier whose `start` is exceeded applies to all. */
export type Price = string | { base: string; tiers: { start: number; price: string }[] }

/** Price keys of genai-prices: `_mtok` per million tokens, `_kcount` per thousand. */
export type PriceTable = Record<string, Price>

/** Prices that hold from a UTC date on, or between two times of day (`HH:MM:SS` with `Z` or an offset). */
export interface PricePeriod {
  from?: string
  between?: [string, string]
  prices: PriceTable
}

export interface PricedModel {
  id: string
  match: MatchRule
  /** Later entries win; the first is the one that always held. */
  periods: PricePeriod[]
}

export interface PricedProvider {
  id: string
  /** Providers whose models this one sells too. */
  fallback?: string[]
  models: PricedModel[]
}

/** Names the data that rated a call, for example `genai-prices@0.1.8`. */
export const priceVersion: string = PRICE_BOOK_VERSION

const parsed = new Map<string, PricedProvider>()

/** The day from which on the newest of the prices holds that hold by now. @param now milliseconds since the epoch */
export function newestPrice(now: number): string {
  const today = new Date(now).toISOString().slice(0, 10)
  let newest = ''
  for (const book of Object.values(PRICE_BOOK)) {
    for (const [, day = ''] of book.matchAll(/"from":"(\d{4}-\d\d-\d\d)"/g)) {
      if (day <= today && day > newest) newest = day
    }
  }
  return newest
}

/** Ids of all providers in the book. */
export function priceProviders(): string[] {
  return Object.keys(PRICE_BOOK)
}

/** A provider's prices by its id in the book (`openai`, `x-ai`). */
export function priceProvider(id: string): PricedProvider | undefined {
  const known = parsed.get(id)
  if (known) return known
  const text = Object.hasOwn(PRICE_BOOK, id) ? PRICE_BOOK[id] : undefined
  if (text === undefined) return undefined
  const provider = JSON.parse(text) as PricedProvider
  parsed.set(id, provider)
  return provider
}

/** The first model of a provider whose rule matches; a compact date (`-20250929`) is also tried with dashes. */
export function findPricedModel(providerId: string, model: string): PricedModel | undefined {
  const provider = priceProvider(providerId)
  if (!provider) return undefined
  const name = model.toLowerCase().trim()
  const found = findByName(provider, name)
  if (found) return found
  const dashed = dashDates(name)
  return dashed === name ? undefined : findByName(provider, dashed)
}

function findByName(provider: PricedProvider, name: string): PricedModel | undefined {
  const own = provider.models.find((candidate) => matches(candidate.match, name))
  if (own) return own
  for (const id of provider.fallback ?? []) {
    const other = priceProvider(id)?.models.find((candidate) => matches(candidate.match, name))
    if (other) return other
  }
  return undefined
}

function matches(rule: MatchRule, name: string): boolean {
  if ('or' in rule) return rule.or.some((inner) => matches(inner, name))
  if ('and' in rule) return rule.and.every((inner) => matches(inner, name))
  if ('equals' in rule) return name === rule.equals.toLowerCase()
  if ('starts_with' in rule) return name.startsWith(rule.starts_with.toLowerCase())
  if ('ends_with' in rule) return name.endsWith(rule.ends_with.toLowerCase())
  if ('contains' in rule) return name.includes(rule.contains.toLowerCase())
  return new RegExp(rule.regex).test(name)
}

function dashDates(name: string): string {
  return name.replace(
    /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g,
    (whole, year, month, day) => {
      const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
      return date.getUTCMonth() === Number(month) - 1 ? `-${year}-${month}-${day}` : whole
    },
  )
}
