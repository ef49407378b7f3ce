/**
 * Explains a cost: every bucket with its unit price and what it comes to.
 *
 * Invariant: the parts are exact and sum to what `rate` computes, before its one rounding at the twelfth decimal.
 */
import { formatCost } from './decimal.ts'
import { findPricedModel, type PricedModel, priceVersion } from './price-book.ts'
import { LIST, modifierFactor } from './price-modifiers.ts'
import { type Billed, type CompiledPrices, compileSchedule, type UnitPrice } from './price-schedule.ts'
import { billedCounts, FLAT, type RateInput } from './rate.ts'
import { toBuckets } from './usage.ts'

/** One kind of thing that is billed. */
export interface CostPart {
  billed: Billed
  quantity: number
  /** USD for one piece, after modifiers: decimal text without rounding. */
  unitPrice: string
  /** `quantity` times `unitPrice`: decimal text without rounding. */
  cost: string
}

/** How a cost comes about. */
export interface CostExplanation {
  /** Id of the model in the price book. */
  model: string
  priceVersion: string
  /** What the modifiers do to the list prices of tokens, as a fraction. */
  factor: { times: number; over: number }
  parts: CostPart[]
  /** USD, rounded once to 12 decimals: what `rate` says. */
  cost: string
}

/** List prices of a model at a moment. */
export interface ListPrices {
  /** Id of the model in the price book. */
  model: string
  priceVersion: string
  units: {
    billed: Billed
    /** USD for one piece, as decimal text. */
    unitPrice: string
    /** Other prices, for everything in calls with more input tokens than `above`. */
    tiers: { above: number; unitPrice: string }[]
  }[]
}

/** Explains what `rate` computes for the same input; `undefined` where that is no cost. */
export function explain(input: RateInput): CostExplanation | undefined {
  const model = find(input.provider, input.models)
  const prices = model && compileSchedule(model).at(input.at)
  const factor = modifierFactor(input.provider, input.modifiers)
  if (!model || !prices || !factor || (!prices.units.input && !prices.units.outputText)) return undefined
  const counts = billedCounts(prices, toBuckets(input.usage), input.usage)
  // Factors are fractions over 2 and 10: six more decimals hold every product exactly.
  const scale = prices.scale + 6
  const parts: CostPart[] = []
  let total = 0n
  for (const [billed, quantity] of Object.entries(counts) as [Billed, number][]) {
    if (quantity === 0) continue
    const unit = prices.units[billed]
    if (!unit) return undefined
    const { times, over } = FLAT.has(billed) ? LIST : factor
    const size = input.largest ?? input.usage.input
    const price = (BigInt(priceAt(unit, size)) * BigInt(times) * 1_000_000n) / BigInt(over)
    const cost = price * BigInt(quantity)
    total += cost
    parts.push({ billed, quantity, unitPrice: decimal(price, scale), cost: decimal(cost, scale) })
  }
  return { model: model.id, priceVersion, factor: { ...factor }, parts, cost: formatCost(total, scale) }
}

/** The list prices of a model; `undefined` where the book has none. */
export function listPrices(provider: string, model: string, at: Date): ListPrices | undefined {
  const found = find(provider, [model])
  const prices: CompiledPrices | undefined = found && compileSchedule(found).at(at)
  if (!found || !prices) return undefined
  const units = Object.entries(prices.units).flatMap(([billed, unit]) =>
    unit === undefined
      ? []
      : [
          {
            billed: billed as Billed,
            unitPrice: decimal(BigInt(unit.base), prices.scale),
            tiers: unit.tiers.map(({ start, price }) => ({
              above: start,
              unitPrice: decimal(BigInt(price), prices.scale),
            })),
          },
        ],
  )
  return { model: found.id, priceVersion, units }
}

function find(provider: string, models: RateInput['models']): PricedModel | undefined {
  for (const name of models) {
    const model = name ? findPricedModel(provider, name) : undefined
    if (model) return model
  }
  return undefined
}

function priceAt(unit: UnitPrice, totalInput: number): number {
  return unit.tiers.findLast((tier) => totalInput > tier.start)?.price ?? unit.base
}

/** `units / 10^scale` without rounding. */
function decimal(units: bigint, scale: number): string {
  const digits = units.toString().padStart(scale + 1, '0')
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${digits.slice(0, digits.length - scale)}${fraction === '' ? '' : `.${fraction}`}`
}
