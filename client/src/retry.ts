/**
 * Asks again.
 *
 * Invariant: only what is `retryable`, at most so often, later each time, and no sooner than `Retry-After` says.
 */
import { SpanmeterError } from './error.ts'

const FIRST_MS = 200
const LONGEST_MS = 10_000

/** Runs `once` until it succeeds, fails for good, or was tried often enough. */
export async function withRetries<T>(
  once: () => Promise<T>,
  options: {
    readonly retries: number
    readonly signal?: AbortSignal
    readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  },
): Promise<T> {
  const { retries, signal, wait = pause } = options
  for (let attempt = 0; ; attempt++) {
    try {
      return await once()
    } catch (error) {
      if (!(error instanceof SpanmeterError && error.retryable) || attempt >= retries) throw error
      const asked = (error.retryAfterSeconds ?? 0) * 1_000
      const own = FIRST_MS * 2 ** attempt * (0.5 + Math.random() / 2)
      await wait(Math.min(asked > 0 ? asked : own, LONGEST_MS), signal)
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', stop, { once: true })
    function done(): void {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    function stop(): void {
      clearTimeout(timer)
      reject(signal?.reason)
    }
  })
}
