/**
 * One request into one block, whichever way it is encoded.
 *
 * Invariant: when the request is refused the block is as it was before.
 */
import type { Frame } from '../spool/frame.ts'
import type { SpanBlock } from '../write/span-block.ts'
import { decodeJson } from './otlp-json.ts'
import { ProtobufDecoder } from './otlp-protobuf.ts'
import { type RejectReason, Sink } from './sink.ts'

/** Decoding state that is kept from request to request. */
export class Decoders {
  readonly sink: Sink = new Sink()
  readonly protobuf: ProtobufDecoder = new ProtobufDecoder()
}

/** What a request held. */
export interface Decoded {
  accepted: number
  rejected: number
  /** Attributes that were cut, dropped as content, or beyond the bounds. */
  cut: number
  firstReason: RejectReason | undefined
}

/** Adds the spans of a request to `block`. Throws `BadInput`. */
export function decodeInto(
  block: SpanBlock,
  { kind, body, receivedAt }: Frame,
  { sink, protobuf }: Decoders,
): Decoded {
  const before = block.rows
  sink.begin(block, receivedAt)
  try {
    if (kind === 'protobuf') protobuf.decode(body, sink)
    else decodeJson(body, sink)
  } catch (error) {
    block.truncate(before)
    throw error
  }
  const { accepted, rejected, cut, firstReason } = sink
  return { accepted, rejected, cut, firstReason }
}
