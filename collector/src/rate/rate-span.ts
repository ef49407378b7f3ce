/**
 * Rates a call that came without a cost, with the price book that the middleware has too.
 *
 * Invariant: exact, at the prices of the span's start; absent with a reason where the book does not know the
 * model or has no price for part of the usage. Pure but for what the price book remembers.
 */
import { priceBookOf, priceVersion, type Rating, rate } from '@spanmeter/middleware/pricing'

/** Counts in the order of `BUCKETS`. */
export interface RateSpanInput {
  /** As the GenAI conventions name it. */
  provider: string
  responseModel: string
  requestModel: string
  serviceTier: string
  buckets: Float64Array
  /** Milliseconds since 1970. */
  startedAt: number
}

/** Version of the prices, stored with every cost that comes from them. */
export const PRICE_VERSION: Buffer = Buffer.from(priceVersion)

/** Rates it. A model is looked up under the name that answered, then under the one that was asked for. */
export function rateSpan(input: RateSpanInput): Rating {
  const { provider, responseModel, requestModel, serviceTier, startedAt } = input
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
    models: [responseModel, requestModel, bare(responseModel), bare(requestModel)],
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
