/**
 * Ids of spans and traces, as OpenTelemetry writes them: lower-case hexadecimal.
 *
 * Invariant: random bytes of the operating system's quality, drawn many at a time, because asking for each id
 * costs more than the id is worth.
 */
import { randomFillSync } from 'node:crypto'
import type { ProtoWriter } from './proto-writer.ts'

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

/** As {@link createTraceId}, and {@link createSpanId}, where only the bytes are wanted: writes them with their length. */
export function writeTraceId(to: ProtoWriter): void {
  to.part(pool, draw(TRACE_BYTES), TRACE_BYTES)
}

export function writeSpanId(to: ProtoWriter): void {
  to.part(pool, draw(SPAN_BYTES), SPAN_BYTES)
}

/** @returns where in the pool the bytes are */
function draw(bytes: number): number {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return used - bytes
}

function take(bytes: number): string {
  const from = draw(bytes)
  return pool.toString('hex', from, from + bytes)
}
