/**
 * Answers of the OTLP endpoint, in the encoding of the request.
 *
 * Invariant: every body is the message that the protocol names: `ExportTraceServiceResponse` for 200,
 * `google.rpc.Status` for anything else. https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */

import type { ContentKind } from '../spool/frame.ts'
import { Bytes } from '../write/bytes.ts'

/** A body and its content type. */
export interface Answer {
  type: string
  body: Buffer
}

const TYPES: Record<ContentKind, string> = { protobuf: 'application/x-protobuf', json: 'application/json' }
/** HTTP status → google.rpc.Code. */
const CODES: Record<number, number> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
}

/** The body of a 200; says how many spans were refused and why, when any were. */
export function exportAnswer(kind: ContentKind, rejected: number, reason: string): Answer {
  if (kind === 'json') {
    const partial = { partialSuccess: { rejectedSpans: String(rejected), errorMessage: reason } }
    return { type: TYPES.json, body: Buffer.from(JSON.stringify(rejected > 0 ? partial : {})) }
  }
  if (rejected === 0) return { type: TYPES.protobuf, body: Buffer.alloc(0) }
  const partial = new Bytes(64)
  partial.varint(0x08)
  partial.varint(rejected)
  putText(partial, 0x12, reason)
  const whole = new Bytes(64)
  whole.varint(0x0a)
  whole.string(partial, 0, partial.length)
  return { type: TYPES.protobuf, body: whole.view() }
}

/** The body of a 200 that refuses nothing and warns: https://opentelemetry.io/docs/specs/otlp/#partial-success */
export function warningAnswer(kind: ContentKind, message: string): Answer {
  if (kind === 'json') {
    return {
      type: TYPES.json,
      body: Buffer.from(JSON.stringify({ partialSuccess: { errorMessage: message } })),
    }
  }
  const partial = new Bytes(64)
  putText(partial, 0x12, message)
  const whole = new Bytes(64)
  whole.varint(0x0a)
  whole.string(partial, 0, partial.length)
  return { type: TYPES.protobuf, body: whole.view() }
}

/** The body of a refusal with HTTP status `status`. */
export function statusAnswer(kind: ContentKind, status: number, message: string): Answer {
  const code = CODES[status] ?? 2
  if (kind === 'json') return { type: TYPES.json, body: Buffer.from(JSON.stringify({ code, message })) }
  const whole = new Bytes(64)
  whole.varint(0x08)
  whole.varint(code)
  putText(whole, 0x12, message)
  return { type: TYPES.protobuf, body: whole.view() }
}

function putText(target: Bytes, tag: number, text: string): void {
  const bytes = new Bytes(Buffer.from(text))
  target.varint(tag)
  target.string(bytes, 0, bytes.length)
}
