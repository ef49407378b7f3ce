/**
 * The prompt caches of both providers, as each of them documents its own.
 *
 * Invariant: a prefix counts as cached only if the same account sent it before and it has not expired, so
 * the first request of a conversation never reads and the second does.
 */
import { createHash } from 'node:crypto'

/** Below this many tokens no provider caches anything. */
const SHORTEST = 1024
/** OpenAI caches in steps of so many tokens; four bytes a token, as `countTokens` counts. */
const STEP = 128
const CAPACITY = 20_000

/** One part of an Anthropic prompt, with the breakpoint that ends it if there is one. */
export interface CacheableBlock {
  text: string
  tokens: number
  breakpoint?: '5m' | '1h'
}

export class PromptCache {
  /** Prefix digest → milliseconds since the epoch at which it expires. */
  readonly #prefixes = new Map<string, number>()

  /**
   * OpenAI: automatic, by prefix, in steps of 128 tokens from 1024 on.
   *
   * @returns tokens read from the cache, and tokens that were written to it now
   */
  readAutomatic(account: string, prompt: string, now: number): { read: number; written: number } {
    const bytes = Buffer.from(prompt)
    const steps = Math.floor(bytes.length / (STEP * 4))
    if (steps * STEP < SHORTEST) return { read: 0, written: 0 }
    let read = 0
    let unbroken = true
    const chain = createHash('sha256').update(account)
    for (let step = 1; step <= steps; step++) {
      chain.update(bytes.subarray((step - 1) * STEP * 4, step * STEP * 4))
      const digest = chain.copy().digest('hex')
      unbroken &&= this.#has(digest, now)
      if (unbroken) read = step * STEP
      this.#keep(digest, now + 5 * 60_000)
    }
    if (read < SHORTEST) read = 0
    return { read, written: steps * STEP - read }
  }

  /**
   * Anthropic: explicit, at the breakpoints that the request sets. The longest known prefix is read, what
   * lies between it and a later breakpoint is written with that breakpoint's time to live.
   */
  readExplicit(
    account: string,
    blocks: readonly CacheableBlock[],
    now: number,
  ): { read: number; written5m: number; written1h: number } {
    let tokens = 0
    let paidFor = 0
    const usage = { read: 0, written5m: 0, written1h: 0 }
    const chain = createHash('sha256').update(account)
    const breakpoints: { digest: string; tokens: number; ttl: '5m' | '1h' }[] = []
    for (const block of blocks) {
      tokens += block.tokens
      chain.update(block.text).update('\0')
      if (block.breakpoint && tokens >= SHORTEST) {
        breakpoints.push({ digest: chain.copy().digest('hex'), tokens, ttl: block.breakpoint })
      }
    }
    for (const point of breakpoints) if (this.#has(point.digest, now)) usage.read = point.tokens
    paidFor = usage.read
    for (const point of breakpoints) {
      if (point.tokens > paidFor) {
        usage[point.ttl === '1h' ? 'written1h' : 'written5m'] += point.tokens - paidFor
        paidFor = point.tokens
      }
      this.#keep(point.digest, now + (point.ttl === '1h' ? 60 : 5) * 60_000)
    }
    return usage
  }

  #has(digest: string, now: number): boolean {
    return (this.#prefixes.get(digest) ?? 0) > now
  }

  #keep(digest: string, expires: number): void {
    this.#prefixes.delete(digest)
    this.#prefixes.set(digest, expires)
    if (this.#prefixes.size > CAPACITY) {
      const [oldest] = this.#prefixes.keys()
      if (oldest !== undefined) this.#prefixes.delete(oldest)
    }
  }
}
