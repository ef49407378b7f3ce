/**
 * Where everything ends that breaks inside the middleware.
 *
 * Invariant: nothing that is reported here reaches the host as an exception; each place is counted always and
 * logged through OpenTelemetry's `diag` the first ten times. What was thrown is named by its class and by where it
 * was thrown, never by its message: messages quote what they choke on.
 */
import { diag } from '@opentelemetry/api'
import { count, counters } from '../telemetry/counters.ts'

const LOGGED = 10

/** Counts an internal failure at `place` (`read response`) and logs it. */
export function reportFailure(place: string, error: unknown): void {
  if (count(counters().failures, place) > LOGGED) return
  try {
    diag.error(`spanmeter: cannot ${place}: ${describe(error)}; the call itself is not affected`)
  } catch {
    // A logger that throws must not take the host down.
  }
}

/** Class, code and place in the source of what was thrown. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as { code?: unknown }
  const frame = /^\s+at .*$/m.exec(error.stack?.slice(error.stack.indexOf('\n    at ')) ?? '')?.[0].trim()
  return [
    error.constructor.name,
    typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : '',
    frame ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}
