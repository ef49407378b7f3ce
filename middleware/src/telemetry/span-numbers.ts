/**
 * Numbers the spans of this process, so that a collector sees which of them never came.
 *
 * Invariant: the spans of a tenant have the numbers 1, 2, 3, … in the order of their ends, over all copies of this
 * package in the process. A number is spent when a span ends, whatever becomes of it then: one that is lost leaves
 * a gap.
 */
import type { Attributes, Span } from '@opentelemetry/api'
import { ATTR } from './attributes.ts'

interface Numbers {
  /** A UUID of version 7: the collector reads from it when the process began. */
  processId: string
  /** The last number of each tenant. */
  last: Map<string, number>
}

const KEY = Symbol.for('spanmeter.numbers.v1')
/** Spans of tenants beyond these have no number. */
const MAX_TENANTS = 10_000

function numbers(): Numbers {
  const holder = globalThis as { [KEY]?: Numbers }
  holder[KEY] ??= { processId: uuidV7(Date.now()), last: new Map() }
  return holder[KEY]
}

/** Names this process among those of its service. */
export function processId(): string {
  return numbers().processId
}

/** The number of the span that ends now; `undefined` where there are too many tenants. @param attributes of the span */
export function nextSpanNumber(attributes: Attributes): number | undefined {
  const { last } = numbers()
  const tenant = String(attributes[ATTR.tenantId] ?? '')
  const before = last.get(tenant)
  if (before === undefined && last.size >= MAX_TENANTS) return undefined
  const number = (before ?? 0) + 1
  last.set(tenant, number)
  return number
}

/** Numbers a span of the host, right before it ends. One that is not sampled is never exported and gets none. */
export function numberSpan(span: Span, attributes: Attributes): void {
  if (!span.isRecording()) return
  const number = nextSpanNumber(attributes)
  if (number === undefined) return
  span.setAttribute(ATTR.processId, processId())
  span.setAttribute(ATTR.spanNumber, number)
}

/** RFC 9562, section 5.7. @param now milliseconds since the epoch */
function uuidV7(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 256 ** (5 - i)) % 256
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
