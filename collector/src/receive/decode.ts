/**
 * One request into one block, whichever way it is encoded.
 *
 * Invariant: when the request is refused the block is as it was before.
 */
import type { Frame } from '../spool/frame.ts'
import type { SpanBlock } from '../write/span-block.ts'
import { decodeJson } from './otlp-json.ts'
import { ProtobufDecoder } from './otlp-protobuf.ts'
import type { Repeats } from './repeats.ts'
import { type RejectReason, Sink } from './sink.ts'
import type { SpanMemory } from './span-memory.ts'

/** Decoding state that is kept from request to request. */
export class Decoders {
  readonly sink: Sink = new Sink()
  readonly protobuf: ProtobufDecoder = new ProtobufDecoder()
}

/** What a request held. */
export interface Decoded {
  accepted: number
  rejected: number
  /** Spans that had been stored before; they are neither stored again nor refused. */
  duplicates: number
  /** Accepted ones that came long after their end, or before it. */
  late: number
  ahead: number
  /** Attributes that are not kept, or not whole, for each of `CUTS`. */
  cuts: readonly number[]
  firstReason: RejectReason | undefined
}

/**
 * Adds the spans of a request to `block`. Spans that the request's own skip list names or that `memory` knows are
 * left out and counted in `repeats`, those that started before `keptSince` (milliseconds since 1970) are refused, and
 * the others are remembered. Throws `BadInput`; nothing of the request is remembered then.
 */
export function decodeInto(
  block: SpanBlock,
  { kind, body, receivedAt, skip, counted, tenant }: Frame,
  { sink, protobuf }: Decoders,
  memory?: SpanMemory,
  repeats?: Repeats,
  keptSince?: number,
): Decoded {
  const before = block.rows
  sink.begin(block, receivedAt, { memory, skip, counted, tenant, repeats, keptSince })
  try {
    if (kind === 'protobuf') protobuf.decode(body, sink)
    else decodeJson(body, sink)
  } catch (error) {
    block.truncate(before)
    memory?.takeBack(sink.keysAdded)
    throw error
  }
  const { accepted, rejected, duplicates, late, ahead, cuts, firstReason } = sink
  return { accepted, rejected, duplicates, late, ahead, cuts: [...cuts], firstReason }
}

/** Remembers the spans of a request that was stored by an earlier process. */
export function recallSpans(
  { kind, body, receivedAt }: Frame,
  { sink, protobuf }: Decoders,
  memory: SpanMemory,
): void {
  sink.begin({ add: () => false }, receivedAt, { memory })
  if (kind === 'protobuf') protobuf.decode(body, sink)
  else decodeJson(body, sink)
}
