/**
 * Rates a call: usage and the moment of the call in, exact cost out.
 *
 * Invariant: the cost is exact to 12 decimals (rounded half to even once, at the end) or absent with a reason.
 * Numbers are used only where every product and sum is a safe integer, BigInt where not.
 */
import type { UnpricedReason } from '../telemetry/attributes.ts'
import { formatCost } from './decimal.ts'
import { findPricedModel, priceVersion } from './price-book.ts'
import { type Factor, LIST, modifierFactor } from './price-modifiers.ts'
import {
  type Billed,
  type CompiledPrices,
  compileSchedule,
  PRICE_KEYS,
  type PriceSchedule,
  type UnitPrice,
} from './price-schedule.ts'
import { type Buckets, toBuckets, type Usage } from './usage.ts'

export interface RateInput {
  /** Provider id in the price book. */
  provider: string
  /** Model names, the most trusted first (what the response says before what the request asked for). */
  models: readonly (string | undefined)[]
  usage: Usage
  /** When the call was made. */
  at: Date
  /** `kind:value` remarks that change the price of tokens, see `price-modifiers.ts`. */
  modifiers?: readonly string[]
  /** Input of the largest request, where `usage` is the sum of several: prices by size go by it. */
  largest?: number
}

/** USD as a decimal string, or why there is none. */
export type Rating =
  | { cost: string; priceVersion: string; model: string }
  | { cost: null; reason: Extract<UnpricedReason, 'unknown_model' | 'unpriced_usage'> }

const UNKNOWN_MODEL: Rating = { cost: null, reason: 'unknown_model' }
const UNPRICED_USAGE: Rating = { cost: null, reason: 'unpriced_usage' }
const MAX_REMEMBERED = 2_000
const BILLED = Object.keys(PRICE_KEYS) as Billed[]

interface Resolved {
  model: string
  schedule: PriceSchedule
}
/** By provider, then by model: a key of both would have to be built, and hashed, for every call. */
const resolved = new Map<string, Map<string, Resolved | null>>()
let remembered = 0

/** Rates one call at list price times the known modifiers. */
export function rate(input: RateInput): Rating {
  const model = resolve(input.provider, input.models)
  if (!model) return UNKNOWN_MODEL
  const prices = model.schedule.at(input.at)
  const factor = modifierFactor(input.provider, input.modifiers)
  if (!prices || !factor) return UNPRICED_USAGE
  const buckets = toBuckets(input.usage)
  const cost = sum(prices, buckets, input.usage, factor, input.largest ?? input.usage.input)
  return cost === undefined ? UNPRICED_USAGE : { cost, priceVersion, model: model.model }
}

function resolve(provider: string, models: readonly (string | undefined)[]): Resolved | null {
  for (const name of models) {
    if (!name) continue
    const known = resolved.get(provider)?.get(name)
    if (known) return known
    if (known === null) continue
    const found = remember(provider, name)
    if (found) return found
  }
  return null
}

function remember(provider: string, name: string): Resolved | null {
  const model = findPricedModel(provider, name)
  const found = model ? { model: model.id, schedule: compileSchedule(model) } : null
  if (remembered++ >= MAX_REMEMBERED) {
    resolved.clear()
    remembered = 1
  }
  const ofProvider = resolved.get(provider) ?? new Map<string, Resolved | null>()
  ofProvider.set(name, found)
  resolved.set(provider, ofProvider)
  return found
}

/** How much there is of everything that may have a price. */
export function billedCounts(
  { units }: CompiledPrices,
  buckets: Buckets,
  usage: Usage,
): Record<Billed, number> {
  const cachedAudio = Math.min(usage.cacheReadAudio ?? 0, buckets.cacheRead)
  const cachedImage = Math.min(usage.cacheReadImage ?? 0, buckets.cacheRead - cachedAudio)
  return {
    input: buckets.input,
    cacheRead: buckets.cacheRead - cachedAudio - cachedImage,
    cacheReadAudio: cachedAudio,
    cacheReadImage: cachedImage,
    cacheWrite5m: buckets.cacheWrite5m,
    cacheWrite1h: buckets.cacheWrite1h,
    cacheWriteOther: buckets.cacheWriteOther,
    audioInput: buckets.audioInput,
    imageInput: buckets.imageInput,
    outputText: buckets.outputText,
    reasoning: buckets.reasoning,
    audioOutput: buckets.audioOutput,
    imageOutput: buckets.imageOutput,
    webSearches: usage.webSearches ?? 0,
    fileSearches: usage.fileSearches ?? 0,
    requests: units.requests ? 1 : 0,
  }
}

/** What is counted, and costs the same whatever the remarks on tokens say. */
export const FLAT: ReadonlySet<Billed> = new Set<Billed>(['webSearches', 'fileSearches', 'requests'])

/** @param size input of one request */
function sum(
  prices: CompiledPrices,
  buckets: Buckets,
  usage: Usage,
  factor: Factor,
  size: number,
): string | undefined {
  let total = 0
  let exact: bigint | undefined
  let flat = 0
  const { units } = prices
  const counts = billedCounts(prices, buckets, usage)
  if (!units.input && !units.outputText) return undefined
  for (const billed of BILLED) {
    const count = counts[billed]
    if (count === 0) continue
    const unit = units[billed]
    if (!unit) return undefined
    const price = priceAt(unit, size)
    if (factor !== LIST && FLAT.has(billed)) {
      flat += count * price
      continue
    }
    const next = total + count * price
    if (exact === undefined && Number.isSafeInteger(next)) total = next
    else exact = (exact ?? BigInt(total)) + BigInt(count) * BigInt(price)
  }
  return applyFactor(exact ?? total, flat, prices.scale, factor)
}

function priceAt(unit: UnitPrice, totalInput: number): number {
  let price = unit.base
  for (const tier of unit.tiers) if (totalInput > tier.start) price = tier.price
  return price
}

/** Factors are fractions over 2 and 10, so a few more decimals hold the product exactly. */
function applyFactor(units: bigint | number, flat: number, scale: number, factor: Factor): string {
  if (factor === LIST) return formatCost(units, scale)
  const shift = 6
  const one = 10n ** BigInt(shift)
  const scaled = (BigInt(units) * BigInt(factor.times) * one) / BigInt(factor.over)
  return formatCost(scaled + BigInt(flat) * one, scale + shift)
}
