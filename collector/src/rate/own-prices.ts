/**
 * Prices of one's own: which one holds for a call, and what the call costs by it.
 *
 * Invariant: pure and exact. A price for the tenant outranks one for everybody, and of equals the last one in the
 * configuration holds.
 */
import { priceBookOf } from '@spanmeter/middleware/pricing'
import type { PriceConfig } from '../config/prices.ts'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'

/** What a price is looked up by. */
export interface PricedCall {
  provider: string
  /** In the order in which they are tried. */
  models: readonly string[]
  tenant: string
  /** Milliseconds since 1970. */
  at: number
}

/** Tokens by what is billed apart. */
export interface BilledTokens {
  uncached: number
  cacheRead: number
  cacheWrite: number
  cacheWrite1h: number
  audioInput: number
  imageInput: number
  text: number
  reasoning: number
  audioOutput: number
  imageOutput: number
}

/** Prices in the order in which they are asked. */
export class OwnPrices {
  readonly #prices: readonly PriceConfig[]

  constructor(prices: readonly PriceConfig[]) {
    const last = prices.toReversed()
    this.#prices = [
      ...last.filter(({ tenants }) => tenants !== undefined),
      ...last.filter(({ tenants }) => tenants === undefined),
    ]
  }

  /** False where nothing is ever found. */
  get any(): boolean {
    return this.#prices.length > 0
  }

  /** The price that holds for a call. */
  find({ provider, models, tenant, at }: PricedCall): PriceConfig | undefined {
    if (!this.any) return undefined
    const day = new Date(at).toISOString().slice(0, 10)
    return this.#prices.find(
      (price) =>
        (price.tenants === undefined || price.tenants.includes(tenant)) &&
        (price.provider === undefined || priceBookOf(price.provider) === priceBookOf(provider)) &&
        (price.model === undefined || models.some((model) => matches(price.model as string, model))) &&
        (price.from === undefined || price.from <= day) &&
        (price.to === undefined || day <= price.to),
    )
  }
}

/** What tokens cost by unit prices, USD as a decimal, rounded half up once at the twelfth decimal. */
export function costByUnits({ perMillion, perCall = '0' }: PriceConfig, tokens: BilledTokens): string {
  if (perMillion === undefined) return formatDecimal(parseDecimal(perCall))
  const {
    input,
    output,
    cacheRead = input,
    cacheWrite = input,
    audioInput = input,
    imageInput = input,
  } = perMillion
  const {
    cacheWrite1h = cacheWrite,
    reasoning = output,
    audioOutput = output,
    imageOutput = output,
  } = perMillion
  const parts: [number, string][] = [
    [tokens.uncached, input],
    [tokens.cacheRead, cacheRead],
    [tokens.cacheWrite, cacheWrite],
    [tokens.cacheWrite1h, cacheWrite1h],
    [tokens.audioInput, audioInput],
    [tokens.imageInput, imageInput],
    [tokens.text, output],
    [tokens.reasoning, reasoning],
    [tokens.audioOutput, audioOutput],
    [tokens.imageOutput, imageOutput],
  ]
  const millionths = parts.reduce((sum, [count, price]) => sum + BigInt(count) * parseDecimal(price), 0n)
  return formatDecimal(parseDecimal(perCall) + divided(millionths, 1_000_000n))
}

/** A cost times a factor, rounded half up at the twelfth decimal. */
export function multiplied(cost: string, factor: string): string {
  return formatDecimal(divided(parseDecimal(cost) * parseDecimal(factor), 1_000_000_000_000n))
}

function divided(units: bigint, divisor: bigint): bigint {
  return (units * 2n + divisor) / (divisor * 2n)
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern
}
