/**
 * Ids of spans and traces, as OpenTelemetry writes them: lower-case hexadecimal.
 *
 * Invariant: random bytes of the operating system's quality, drawn many at a time, because asking for each id
 * costs more than the id is worth.
 */
import { randomFillSync } from 'node:crypto'

const TRACE_BYTES = 16
const SPAN_BYTES = 8

const pool = Buffer.alloc(4_096)
let used = pool.length

/** An id that nobody else has, of 32 digits. */
export function createTraceId(): string {
  return take(TRACE_BYTES)
}

/** An id that no other span of its trace has, of 16 digits. */
export function createSpanId(): string {
  return take(SPAN_BYTES)
}

function take(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.toString('hex', used, used + bytes)
  used += bytes
  return id
}
