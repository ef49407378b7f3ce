/**
 * One request to the local provider and what every API surface needs to answer it.
 *
 * Invariant: whatever a surface does, the ledger entry grows only by what was really generated, and a
 * client that goes away stops the generation at once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Generation } from './generate.ts'
import type { LedgerEntry } from './ledger.ts'
import type { PromptCache } from './prompt-cache.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'

/** How fast the provider is where no scenario says otherwise, in milliseconds. */
export interface Pace {
  /** Before the first byte of an answer. */
  latency: number
  /** Between two tokens of a stream. */
  perToken: number
}

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  body: Record<string, unknown>
  entry: LedgerEntry
  /** The model, where the path names it. */
  pathModel: string
  /** The API key, which is what separates one account's cache and limits from another's. */
  account: string
  /** Fixed by the seed and the body: the same request gets the same answer. */
  random: Random
  /** Fixed by the seed and the request's number: no two answers share an id. */
  ids: Random
  cache: PromptCache
  now: () => number
  pace: Pace
  /** Aborted when the client has gone. */
  gone: AbortSignal
}

/** A refusal in terms of HTTP; each provider writes it in its own shape. */
export class ApiError extends Error {
  readonly status: number
  /** The provider's error class, such as `invalid_request_error`. */
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  /** Milliseconds after which to come back, where the refusal says so. */
  retryAfter: number | undefined

  constructor(
    status: number,
    type: string,
    message: string,
    code: string | null = null,
    param: string | null = null,
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.type = type
    this.code = code
    this.param = param
  }
}

/** Thrown inside a stream whose scenario says that the provider breaks down there. */
export class StreamBreakdown extends Error {
  override name = 'StreamBreakdown'
}

/** Waits before the answer begins. Returns false if the client left meanwhile. */
export async function think(exchange: Exchange, scenario: Scenario): Promise<boolean> {
  await pause(scenario.latency ?? exchange.pace.latency, exchange.gone)
  return !exchange.gone.aborted
}

/**
 * Speaks the tokens of an answer one by one at the stream's pace, ends early when the client leaves, and
 * plays the scenario's stall, breakdown or cut.
 *
 * @throws {StreamBreakdown} where the scenario has the provider fail in the middle
 */
export async function* speak(
  exchange: Exchange,
  answer: Generation,
  scenario: Scenario,
): AsyncGenerator<string> {
  for (const [index, token] of [...answer.tokens, undefined].entries()) {
    if (index === scenario.stall) await pause(Number.POSITIVE_INFINITY, exchange.gone)
    if (index === scenario.fail) throw new StreamBreakdown('the scenario asked for a failure here')
    if (index === scenario.cut) exchange.response.destroy()
    if (exchange.gone.aborted || exchange.response.destroyed || token === undefined) return
    yield token
    await pause(scenario.pace ?? exchange.pace.perToken, exchange.gone)
  }
}

async function pause(milliseconds: number, gone: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || gone.aborted) return
  if (milliseconds === Number.POSITIVE_INFINITY) {
    await new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }))
    return
  }
  await delay(milliseconds, undefined, { signal: gone }).catch(() => undefined)
}
