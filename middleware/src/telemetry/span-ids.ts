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

/** As {@link createTraceId}, and {@link createSpanId}, where only the bytes are wanted. */
export function traceIdBytes(): Uint8Array {
  return takeBytes(TRACE_BYTES)
}

export function spanIdBytes(): Uint8Array {
  return takeBytes(SPAN_BYTES)
}

function takeBytes(bytes: number): Uint8Array {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.subarray(used - bytes, used)
}

function take(bytes: number): string {
  const taken = takeBytes(bytes)
  return pool.toString('hex', used - taken.length, used)
}
