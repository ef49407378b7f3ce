/**
 * How much to set aside for a call before it is made.
 *
 * Invariant: bounded memory, and no price is guessed: where the book knows none, what such calls have cost so far
 * counts. With `bound` an estimate is never below what the request allows the provider to use; with `learned` it is the
 * same, times what 99 of 100 such calls have come to of it.
 */
import { rate } from '../pricing/rate.ts'
import { Sketch } from './sketch.ts'

/** What is known of a call when it is about to be made. */
export interface CallOutlook {
  provider: string
  /** Id in the price book. */
  priceBook: string
  operation: string
  model: string | undefined
  /** Characters or bytes of the request; 0 where they could not be seen. */
  length: number
  /** The most tokens that the answer may have, where the request says so. */
  maxOutput: number | undefined
}

/** In the units themselves. */
export interface Estimate {
  usd: number
  tokens: number
  /** Where what it really comes to is remembered. */
  route: Route
}

interface Route {
  /** USD a token; absent where the book has no price. */
  prices: { input: number; output: number; version: string } | undefined
  pricedOn: number
  /** Real over estimated, in USD and in tokens. */
  usdRatio: Sketch
  tokenRatio: Sketch
  /** Real USD, for what has no price in the book, and tokens of answers. */
  usd: Sketch
  output: Sketch
}

const DAY_MS = 86_400_000
const MAX_ROUTES = 2_000
/** So many calls tell what calls of a kind come to. */
const ENOUGH = 30
/** Tokens of an answer whose length nobody has said or seen. */
const UNKNOWN_OUTPUT = 4_096
/** English has four characters a token, and code and other languages fewer. */
const CHARACTERS_PER_TOKEN = 3
const MARGIN = 1.1

export class HoldEstimator {
  readonly #routes = new Map<string, Route>()
  readonly #bound: boolean

  /** @param bound never less than what the request allows */
  constructor(bound: boolean) {
    this.#bound = bound
  }

  /** @param now milliseconds since the epoch: prices depend on it */
  estimate(call: CallOutlook, now: number): Estimate {
    const route = this.#route(call, now)
    const input = this.#bound ? call.length : call.length / CHARACTERS_PER_TOKEN
    const output = call.maxOutput ?? this.#unsaidOutput(route)
    const { prices } = route
    let tokens = input + output
    let usd = prices ? input * prices.input + output * prices.output : route.usd.quantile(0.99) * MARGIN
    if (!this.#bound) {
      if (prices) usd *= learned(route.usdRatio)
      tokens *= learned(route.tokenRatio)
    }
    return { usd, tokens, route }
  }

  /** Tokens that are set aside for an answer whose request says no number. */
  unsaid(call: CallOutlook, now: number): number {
    return Math.ceil(this.#unsaidOutput(this.#route(call, now)))
  }

  /** Tells what a call really came to. @param usd absent where it is not known */
  observe(
    call: CallOutlook,
    { route }: Estimate,
    usd: number | undefined,
    tokens: number,
    output: number,
  ): void {
    const input = call.length / CHARACTERS_PER_TOKEN
    const said = call.maxOutput ?? this.#unsaidOutput(route)
    if (output > 0) route.output.add(output)
    if (tokens > 0) route.tokenRatio.add(tokens / Math.max(1, input + said))
    if (usd === undefined) return
    route.usd.add(usd)
    const expected = route.prices ? input * route.prices.input + said * route.prices.output : 0
    if (expected > 0) route.usdRatio.add(usd / expected)
  }

  #unsaidOutput(route: Route): number {
    return route.output.size < ENOUGH ? UNKNOWN_OUTPUT : route.output.quantile(0.99) * MARGIN
  }

  #route({ provider, priceBook, operation, model = '' }: CallOutlook, now: number): Route {
    const key = `${provider}\n${operation}\n${model}`
    let route = this.#routes.get(key)
    if (!route) {
      if (this.#routes.size >= MAX_ROUTES) this.#routes.clear()
      route = {
        ...{ prices: undefined, pricedOn: Number.NEGATIVE_INFINITY },
        ...{ usdRatio: new Sketch(), tokenRatio: new Sketch(), usd: new Sketch(), output: new Sketch() },
      }
      this.#routes.set(key, route)
    }
    if (now - route.pricedOn >= DAY_MS) {
      route.prices = pricesOf(priceBook, model, now)
      route.pricedOn = now
    }
    return route
  }
}

/** Few calls are not believed. */
function learned(ratio: Sketch): number {
  return ratio.size < ENOUGH ? 1 : ratio.quantile(0.99) * MARGIN
}

const MILLION = 1_000_000

/** At a million tokens: where long inputs are dearer, by the dearest. */
function pricesOf(provider: string, model: string, now: number): Route['prices'] {
  if (model === '') return undefined
  const ask = (input: number, output: number) =>
    rate({ provider, models: [model], usage: { input, output }, at: new Date(now) })
  const input = ask(MILLION, 0)
  if (input.cost === null) return undefined
  const output = ask(0, MILLION)
  return {
    input: Number(input.cost) / MILLION,
    output: output.cost === null ? 0 : Number(output.cost) / MILLION,
    version: input.priceVersion,
  }
}
