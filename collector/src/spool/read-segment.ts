/**
 * Reads a segment's rows back from its file.
 *
 * Invariant: the same file always gives the same rows, those that were acknowledged and no others.
 */
import { readFile } from 'node:fs/promises'
import { type Decoders, decodeInto } from '../receive/decode.ts'
import { SpanBlock } from '../write/span-block.ts'
import { decodeFrames } from './frame.ts'
import type { SealedSegment } from './segment.ts'

/** The block of a segment; an empty one where the file has no whole record. */
export async function readSegment(segment: SealedSegment, decoders: Decoders): Promise<SpanBlock> {
  const block = new SpanBlock(segment.id)
  for (const { kind, body, receivedAt } of decodeFrames(await readFile(segment.path))) {
    decodeInto(block, { kind, body, receivedAt }, decoders)
  }
  return block
}
