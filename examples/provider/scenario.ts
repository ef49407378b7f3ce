/**
 * Scenarios: what a request can ask the local provider to do that a real one does by itself.
 *
 * Invariant: a scenario travels where every SDK user can put it, in the prompt, as
 * `[provider: error=429, tokens=40]`; without one the provider behaves as on a good day.
 * Wrong keys, unknown models, missing fields, prompt caching, reasoning and service tiers need no
 * scenario: they follow from the request as they do in production.
 */

/** What one request asked for. All times in milliseconds. */
export interface Scenario {
  /** Answer with this HTTP status instead of a completion: 429, 500, 503 or 529. */
  error?: number
  /** With `error=429`: when to come back, as the answer's headers say; default 1,000. */
  retry?: number
  /** Generate exactly so many visible tokens (still cut by the request's own maximum). */
  tokens?: number
  /** Wait so long before the first byte of the answer. */
  latency?: number
  /** Wait so long between two tokens of a stream. */
  pace?: number
  /** Stream: send so many tokens, then nothing more, until the client goes away. */
  stall?: number
  /** Stream: send so many tokens, then the provider's own error event inside the 200. */
  fail?: number
  /** Stream: send so many tokens, then cut the connection without a word. */
  cut?: number
  /** `call=1`: call the first of the request's tools, until the conversation has its result. */
  call?: number
}

const KEYS: readonly (keyof Scenario)[] = [
  'error',
  'retry',
  'tokens',
  'latency',
  'pace',
  'stall',
  'fail',
  'cut',
  'call',
]
const ERRORS = [429, 500, 503, 529]

/**
 * Reads the last scenario in a prompt: in a conversation the newest message decides.
 *
 * @throws {Error} for an unknown word or value, because a misspelt scenario must not pass as a good day
 */
export function readScenario(prompt: string): Scenario {
  const start = prompt.lastIndexOf('[provider:')
  if (start < 0) return {}
  const end = prompt.indexOf(']', start)
  const scenario: Scenario = {}
  for (const part of prompt.slice(start + 10, end < 0 ? undefined : end).split(',')) {
    const [key = '', value = ''] = part.trim().split('=')
    const number = Number(value)
    const known = KEYS.find((name) => name === key)
    if (!known || value === '' || !Number.isInteger(number) || number < 0) {
      throw new Error(
        `cannot read scenario "${part.trim()}": want one of ${KEYS.join(', ')} with a whole number`,
      )
    }
    if (known === 'error' && !ERRORS.includes(number)) {
      throw new Error(`cannot play error ${number}: this provider answers ${ERRORS.join(', ')} on demand`)
    }
    scenario[known] = number
  }
  return scenario
}
