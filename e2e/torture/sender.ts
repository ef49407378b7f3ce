/**
 * Sends spans as OpenTelemetry's exporters do, and as networks make of it: retried, repeated, reordered, rebatched,
 * to one collector and to the other.
 *
 * Invariant: a span counts as acknowledged when a request with it was answered with 200; a request is retried on
 * the answers on which an exporter retries, and on a broken connection.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { json, protobuf } from '../../collector/test/spans.ts'
import { between, type Random } from '../../examples/provider/random.ts'
import type { Ledger } from './ledger.ts'

/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504])
const MAX_BATCH = 40
const CONNECTIONS = 3
/** Batches that wait to be sent again. */
const MAX_HELD = 300

export interface SenderOptions {
  ledger: Ledger
  urls: readonly string[]
  random: Random
  /** Milliseconds between two requests of a connection. */
  pauseMs: number
}

export class Sender {
  readonly #options: SenderOptions
  readonly #loops: Promise<void>[]
  readonly #held: number[][] = []
  #stopped = false
  /** Answers by status; 0 is a broken connection. */
  readonly answers = new Map<number, number>()

  constructor(options: SenderOptions) {
    this.#options = options
    this.#loops = Array.from({ length: CONNECTIONS }, () => this.#loop())
  }

  /** Sends no new spans; resolves when everything on its way was acknowledged. */
  async finish(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
    for (const batch of this.#held.splice(0)) await this.#deliver(batch)
  }

  async #loop(): Promise<void> {
    const { ledger, random, pauseMs } = this.#options
    while (!this.#stopped) {
      const batch = ledger.make(between(1, MAX_BATCH, random))
      if (random() < 0.1) this.#hold(batch)
      else await this.#deliver(batch)
      if (random() < 0.5) await this.#deliver(this.#again(batch))
      if (pauseMs > 0) await delay(pauseMs)
    }
  }

  /** Spans that were sent before or still wait, in another composition. */
  #again(batch: readonly number[]): number[] {
    const { random } = this.#options
    const chance = random()
    if (chance < 0.2 && this.#held.length > 0)
      return this.#held.splice(Math.floor(random() * this.#held.length), 1)[0] as number[]
    if (chance < 0.4) return [...batch]
    if (chance < 0.6) return [...batch].reverse()
    // some of this one, and some that are long past
    const oldest = Math.max(1, (batch[0] as number) - between(1, 20_000, random))
    return [...batch.filter(() => random() < 0.5), ...Array.from({ length: 5 }, (_, i) => oldest + i)].filter(
      (number) => this.#options.ledger.isAcknowledged(number) || batch.includes(number),
    )
  }

  #hold(batch: number[]): void {
    this.#held.push(batch)
    if (this.#held.length > MAX_HELD) this.#held.splice(0, 1)
  }

  /** Sends until it is acknowledged; another attempt may go to the other collector. */
  async #deliver(batch: readonly number[]): Promise<void> {
    if (batch.length === 0) return
    const { ledger, urls, random } = this.#options
    let url = pick(urls, random)
    const { body, headers } = encode(batch, ledger, random)
    for (let attempt = 0; ; attempt++) {
      const { status, retryAfter } = await post(url, body, headers)
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1)
      if (status === 200) {
        ledger.acknowledge(batch)
        return
      }
      if (status !== 0 && !RETRYABLE.has(status))
        throw new Error(`cannot go on: ${url} answered ${status}, which no exporter retries`)
      if (attempt > 2000) throw new Error(`cannot go on: ${url} did not take a batch for too long`)
      const backoff = Math.min(1000, 50 * 2 ** Math.min(attempt, 5)) * (0.5 + random())
      await delay(Math.max(backoff, Math.min(retryAfter, 1) * 1000))
      if (random() < 0.3) url = pick(urls, random)
    }
  }
}

function encode(batch: readonly number[], ledger: Ledger, random: Random) {
  const spans = batch.map((number) => ledger.span(number))
  const asJson = random() < 0.2
  const headers: Record<string, string> = {
    'content-type': asJson ? 'application/json' : 'application/x-protobuf',
  }
  let body = asJson ? json(spans) : protobuf(spans)
  if (random() < 0.3) {
    body = gzipSync(body, { level: 1 })
    headers['content-encoding'] = 'gzip'
  }
  return { body: new Uint8Array(body), headers }
}

async function post(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<{ status: number; retryAfter: number }> {
  try {
    const signal = AbortSignal.timeout(10_000)
    const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body, signal })
    await response.arrayBuffer()
    return { status: response.status, retryAfter: Number(response.headers.get('retry-after') ?? 0) }
  } catch {
    return { status: 0, retryAfter: 0 }
  }
}

function pick(urls: readonly string[], random: Random): string {
  return urls[Math.floor(random() * urls.length)] as string
}
