/**
 * What goes wrong when a collector is asked.
 *
 * Invariant: every failure of the client is a `SpanmeterError`; `status` is 0 where no answer came.
 */
import type { Problem } from './api.gen.ts'

/** An answer that is an error, or no answer. */
export class SpanmeterError extends Error {
  override name = 'SpanmeterError'
  /** HTTP status; 0 where the collector did not answer. */
  readonly status: number
  /** The problem details, where the answer has them; `errors` lists each fault of a question. */
  readonly problem: Problem | undefined

  /** When the collector wants to be asked again, seconds; absent where it does not say. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    options: {
      status: number
      problem?: Problem | undefined
      retryAfterSeconds?: number | undefined
      cause?: unknown
    },
  ) {
    super(message, { cause: options.cause })
    this.retryAfterSeconds = options.retryAfterSeconds
    this.status = options.status
    this.problem = options.problem
  }

  /** Whether the same question may be answered later. */
  get retryable(): boolean {
    return (
      this.status === 0 ||
      this.status === 429 ||
      this.status === 502 ||
      this.status === 503 ||
      this.status === 504
    )
  }
}
