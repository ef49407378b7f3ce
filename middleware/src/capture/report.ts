/**
 * Where everything ends that breaks inside the middleware.
 *
 * Invariant: nothing that is reported here reaches the host as an exception; each place is counted always and
 * logged through OpenTelemetry's `diag` the first ten times.
 */
import { diag } from '@opentelemetry/api'

const LOGGED = 10
const counts = new Map<string, number>()

/** Counts an internal failure at `place` (`read response`) and logs it. */
export function reportFailure(place: string, error: unknown): void {
  const count = (counts.get(place) ?? 0) + 1
  counts.set(place, count)
  if (count > LOGGED) return
  try {
    diag.error(`spanmeter: cannot ${place}; the call itself is not affected`, error)
  } catch {
    // A logger that throws must not take the host down.
  }
}
