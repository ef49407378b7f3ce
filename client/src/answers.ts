/**
 * The last answers and their entity tags, so that an unchanged one need not be sent again.
 *
 * Invariant: bounded; an answer is handed out only after the collector has said that it still holds.
 */
import type { Problem } from './api.gen.ts'
import { SpanmeterError } from './error.ts'

/** An answer and the tag that names it. */
export interface KnownAnswer {
  readonly etag: string
  readonly text: string
}

/** Creates a store of at most `limit` answers; the one not asked for longest goes first. */
export function createAnswers(limit: number): {
  get(address: string): KnownAnswer | undefined
  /** Reads a response; throws `SpanmeterError` where it is none of the good ones. */
  take(address: string, response: Response, known: KnownAnswer | undefined): Promise<unknown>
} {
  const kept = new Map<string, KnownAnswer>()
  return {
    get: (address) => kept.get(address),
    async take(address, response, known) {
      if (response.status === 304 && known) {
        kept.delete(address)
        kept.set(address, known)
        return JSON.parse(known.text)
      }
      const text = await response.text().catch((cause: unknown) => {
        throw new SpanmeterError(`cannot read the answer of ${address}: it broke off; ask again`, {
          status: 0,
          cause,
        })
      })
      if (!response.ok) throw refusal(address, response, text)
      const answer = parse(text)
      if (answer === undefined)
        throw new SpanmeterError(
          `cannot read the answer of ${address}: it is no JSON; is this a collector?`,
          {
            status: response.status,
          },
        )
      const etag = response.headers.get('etag')
      kept.delete(address)
      if (etag !== null && limit > 0) kept.set(address, { etag, text })
      for (const oldest of kept.keys()) {
        if (kept.size <= limit) break
        kept.delete(oldest)
      }
      return answer
    },
  }
}

function refusal(address: string, response: Response, text: string): SpanmeterError {
  const problem = parse(text) as Problem | undefined
  const detail = problem?.detail ?? `cannot ask ${address}: the answer has status ${response.status}`
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new SpanmeterError(detail, {
    status: response.status,
    problem,
    retryAfterSeconds: seconds > 0 ? seconds : undefined,
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
