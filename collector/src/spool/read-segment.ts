/**
 * Reads a segment's rows back from its file.
 *
 * Invariant: the same file always gives the same rows, those that were acknowledged and no others.
 */
import { readFile } from 'node:fs/promises'
import { type Decoders, decodeInto } from '../receive/decode.ts'
import type { Repeats } from '../receive/repeats.ts'
import type { SpanMemory } from '../receive/span-memory.ts'
import { SpanBlock } from '../write/span-block.ts'
import { decodeFrames, type Frame } from './frame.ts'
import type { SealedSegment } from './segment.ts'

/** The block of a segment, without the spans that `leaveOut` knows, which are counted in `repeats`; an empty one where the file has no whole record. */
export async function readSegment(
  segment: SealedSegment,
  decoders: Decoders,
  leaveOut?: SpanMemory,
  repeats?: Repeats,
): Promise<SpanBlock> {
  const block = new SpanBlock(segment.id)
  for (const frame of await readFrames(segment)) decodeInto(block, frame, decoders, leaveOut, repeats)
  return block
}

/** The requests of a segment. */
export async function readFrames(segment: SealedSegment): Promise<Frame[]> {
  const file = await readFile(segment.path)
  // beyond the bytes that were acknowledged there may be a write that failed, whose sender came again
  return decodeFrames(segment.leftOver ? file : file.subarray(0, segment.bytes))
}
