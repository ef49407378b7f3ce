/**
 * Rate-limit headers of both providers, counted per account and minute.
 *
 * Invariant: they inform and never refuse; a 429 is played by a scenario, so that tests decide when.
 */
const REQUESTS_PER_MINUTE = 10_000
const TOKENS_PER_MINUTE = 4_000_000

interface Window {
  minute: number
  requests: number
  tokens: number
}

export class RateLimits {
  readonly #windows = new Map<string, Window>()

  /** Counts one request with so many input tokens and returns what is left of the minute. */
  count(
    account: string,
    tokens: number,
    now: number,
  ): { requestsLeft: number; tokensLeft: number; resetSeconds: number } {
    const minute = Math.floor(now / 60_000)
    let window = this.#windows.get(account)
    if (window?.minute !== minute) window = { minute, requests: 0, tokens: 0 }
    if (this.#windows.size > 1000) this.#windows.clear()
    this.#windows.set(account, window)
    window.requests += 1
    window.tokens += tokens
    return {
      requestsLeft: Math.max(0, REQUESTS_PER_MINUTE - window.requests),
      tokensLeft: Math.max(0, TOKENS_PER_MINUTE - window.tokens),
      resetSeconds: Math.ceil(((minute + 1) * 60_000 - now) / 1000),
    }
  }
}

/** OpenAI: `x-ratelimit-*`, resets as durations such as `12s`. */
export function openaiRateHeaders(left: ReturnType<RateLimits['count']>): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(REQUESTS_PER_MINUTE),
    'x-ratelimit-limit-tokens': String(TOKENS_PER_MINUTE),
    'x-ratelimit-remaining-requests': String(left.requestsLeft),
    'x-ratelimit-remaining-tokens': String(left.tokensLeft),
    'x-ratelimit-reset-requests': `${left.resetSeconds}s`,
    'x-ratelimit-reset-tokens': `${left.resetSeconds}s`,
  }
}

/** Anthropic: `anthropic-ratelimit-*`, resets as RFC 3339 times. */
export function anthropicRateHeaders(
  left: ReturnType<RateLimits['count']>,
  now: number,
): Record<string, string> {
  const reset = new Date(Math.floor(now / 1000 + left.resetSeconds) * 1000)
    .toISOString()
    .replace('.000Z', 'Z')
  const window = (name: string, limit: number, remaining: number) => ({
    [`anthropic-ratelimit-${name}-limit`]: String(limit),
    [`anthropic-ratelimit-${name}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${name}-reset`]: reset,
  })
  return {
    ...window('requests', REQUESTS_PER_MINUTE, left.requestsLeft),
    ...window('tokens', TOKENS_PER_MINUTE, left.tokensLeft),
    ...window('input-tokens', TOKENS_PER_MINUTE, left.tokensLeft),
    ...window('output-tokens', TOKENS_PER_MINUTE, TOKENS_PER_MINUTE),
  }
}
