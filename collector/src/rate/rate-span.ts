/**
 * Rates a call that came without a cost, with one's own prices, else with the price book that the middleware has too.
 *
 * Invariant: exact, at the prices of the span's start; absent with a reason where the book does not know the
 * model or has no price for part of the usage. Pure but for the prices that hold, and what the book remembers.
 */
import { priceBookOf, priceVersion, type Rating, rate } from '@spanmeter/middleware/pricing'
import type { PriceConfig } from '../config/prices.ts'
import { Bytes } from '../write/bytes.ts'
import { costByUnits, multiplied, OwnPrices } from './own-prices.ts'

/** Counts in the order of `BUCKETS`. */
export interface RateSpanInput {
  /** As the GenAI conventions name it. */
  provider: string
  responseModel: string
  requestModel: string
  serviceTier: string
  tenant: string
  buckets: Float64Array
  /** Milliseconds since 1970. */
  startedAt: number
}

/** Version of the prices, stored with every cost that comes from them. */
export const PRICE_VERSION: Bytes = new Bytes(Buffer.from(priceVersion))

/** One's own prices as they hold now, for the whole process: a call is rated when it is decoded. */
let own = new OwnPrices([])

/** Replaces them; holds for calls from now on. */
export function setOwnPrices(prices: readonly PriceConfig[]): void {
  own = new OwnPrices(prices)
}

/** Whether a call may have a price of one's own. */
export function hasOwnPrices(): boolean {
  return own.any
}

/** What a call costs by one's own prices; undefined where none holds for it. */
export function rateByOwn(input: RateSpanInput): Extract<Rating, { cost: string }> | undefined {
  const { provider, tenant, startedAt: at } = input
  const models = modelsOf(input)
  const price = own.find({ provider, models, tenant, at })
  if (price === undefined) return undefined
  const version = `own:${price.name}`
  const { multiplier } = price
  if (multiplier === undefined) {
    const model = models.find((name) => name !== '') ?? ''
    return { cost: costByUnits(price, tokensOf(input.buckets)), priceVersion: version, model }
  }
  const listed = rateByBook(input)
  if (listed.cost === null) return undefined
  return {
    ...listed,
    cost: multiplied(listed.cost, multiplier),
    priceVersion: `${version} × ${priceVersion}`,
  }
}

/** Rates a call. */
export function rateSpan(input: RateSpanInput): Rating {
  return (own.any ? rateByOwn(input) : undefined) ?? rateByBook(input)
}

function modelsOf({ responseModel, requestModel }: RateSpanInput): string[] {
  return [responseModel, requestModel, bare(responseModel), bare(requestModel)]
}

function tokensOf(buckets: Float64Array) {
  const [uncached = 0, cacheRead = 0, write5m = 0, cacheWrite1h = 0, writeOther = 0, audioInput = 0] = buckets
  const [imageInput = 0, text = 0, reasoning = 0, audioOutput = 0, imageOutput = 0] = buckets.subarray(6)
  const cacheWrite = write5m + writeOther
  return {
    ...{ uncached, cacheRead, cacheWrite, cacheWrite1h, audioInput },
    ...{ imageInput, text, reasoning, audioOutput, imageOutput },
  }
}

/** By the price book. A model is looked up under the name that answered, then under the one that was asked for. */
function rateByBook(input: RateSpanInput): Rating {
  const { provider, serviceTier, startedAt } = input
  const [
    uncached,
    cacheRead,
    write5m,
    write1h,
    writeOther,
    audioIn,
    imageIn,
    text,
    reasoning,
    audioOut,
    imageOut,
  ] = input.buckets as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const cacheWrite = write5m + write1h + writeOther
  return rate({
    provider: priceBookOf(provider),
    models: modelsOf(input),
    usage: {
      input: uncached + cacheRead + cacheWrite + audioIn + imageIn,
      output: text + reasoning + audioOut + imageOut,
      cacheRead,
      cacheWrite,
      cacheWrite5m: write5m,
      cacheWrite1h: write1h,
      reasoning,
      audioInput: audioIn,
      audioOutput: audioOut,
      imageInput: imageIn,
      imageOutput: imageOut,
    },
    at: new Date(startedAt),
    modifiers: serviceTier === '' ? [] : [`service_tier:${serviceTier.toLowerCase()}`],
  })
}

/** `openai/gpt-5` and `models/gemini-2.5-pro` without what gateways and SDKs put before the name. */
function bare(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1)
}
