/**
 * How near a call came to the provider's limits, from the headers that OpenAI, Anthropic and those like them send.
 *
 * Invariant: a share between 0 and 1, of the tightest limit; nothing where the provider tells none.
 */

/** Header of a limit, and of what is left of it. */
const LIMITS = [
  ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests'],
  ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens'],
  ['anthropic-ratelimit-requests-limit', 'anthropic-ratelimit-requests-remaining'],
  ['anthropic-ratelimit-tokens-limit', 'anthropic-ratelimit-tokens-remaining'],
] as const

/** The smallest share of a limit that was left after the call. */
export function rateLimitHeadroom(headers: Pick<Headers, 'get'>): number | undefined {
  let least: number | undefined
  for (const [limit, remaining] of LIMITS) {
    const whole = Number(headers.get(limit) ?? Number.NaN)
    if (!(whole > 0)) continue
    const share = Number(headers.get(remaining) ?? Number.NaN) / whole
    if (share >= 0 && share <= 1 && !(least !== undefined && least <= share)) least = share
  }
  return least
}
