/**
 * Finds the spans of a segment that ClickHouse refuses, and stores all others.
 *
 * Invariant: afterwards each span of the segment is in the store or in what this returns; a failure that may pass
 * (the network, memory, a disk) is thrown, and the whole is begun again.
 */
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client'
import { BadInput } from '../receive/bad-input.ts'
import { type Decoded, Decoders, decodeInto } from '../receive/decode.ts'
import type { SpanMemory } from '../receive/span-memory.ts'
import type { Frame } from '../spool/frame.ts'
import { judge, removeSegment } from './settle.ts'
import { SpanBlock } from './span-block.ts'
import { findStored, memoryOf, type SpanKey } from './span-keys.ts'

/** Errors about the data of an insert, which it meets again however often it is sent. */
const DATA_FAULTS = new Set(['6', '53', '69', '70', '72', '117', '128', '131', '321', '349', '407', '469'])

/** Whether a failure says that the rows themselves are the cause. */
export function isRefusal(error: unknown): boolean {
  return error instanceof BadInput || (error instanceof ClickHouseError && DATA_FAULTS.has(error.code))
}

/** What could not be stored. */
export interface Refused {
  /** Requests, each with a skip list that names the spans that were stored. */
  frames: Frame[]
  spans: number
  /** The first refusal. */
  reason: string
}

interface IsolateOptions {
  segmentId: bigint
  frames: readonly Frame[]
  decoders: Decoders
  /** Makes a memory of the spans that are stored already. */
  stored: () => SpanMemory
  /** Stores rows. */
  insert: (block: SpanBlock) => Promise<void>
}

/** Some of the `spans` of one request: a half-open range of their positions. */
interface Part {
  frame: Frame
  spans: number
  from: number
  to: number
}

/** Stores what can be stored of a segment, of which earlier attempts may have left something. */
export async function isolateSegment(
  client: ClickHouseClient,
  segmentId: bigint,
  frames: readonly Frame[],
  insert: (block: SpanBlock) => Promise<void>,
): Promise<{ refused: Refused; keys: SpanKey[] }> {
  const decoders = new Decoders()
  const keys = frames.flatMap((frame) => keysOf(frame, segmentId, decoders))
  // what is there goes, so that nothing is sent on top
  await removeSegment(client, segmentId, keys)
  const { elsewhere } = judge(keys, await findStored(client, keys), segmentId)
  const stored = () => memoryOf(elsewhere)
  return { refused: await isolate({ segmentId, frames, decoders, stored, insert }), keys }
}

/** Halves the requests, and then the spans of one, until what is refused is alone. */
async function isolate(options: IsolateOptions): Promise<Refused> {
  const refused: (Part & { reason: string })[] = []
  const store = async (parts: readonly Part[]): Promise<void> => {
    try {
      const block = new SpanBlock(options.segmentId)
      for (const part of parts) decodeInto(block, onlyPart(part), options.decoders, options.stored())
      if (block.rows > 0) await options.insert(block)
    } catch (error) {
      if (!isRefusal(error)) throw error
      const halves = split(parts)
      if (halves !== undefined) for (const half of halves) await store(half)
      else refused.push({ ...(parts[0] as Part), reason: (error as Error).message })
    }
  }
  const whole = options.frames.map((frame) => {
    const spans = positions(frame, options.decoders)
    return { frame, spans, from: 0, to: spans }
  })
  await store(whole)
  return summary(refused)
}

function summary(refused: readonly (Part & { reason: string })[]): Refused {
  const kept = new Map<Frame, Frame>()
  for (const part of refused) {
    const before = kept.get(part.frame)
    const only = onlyPart(part)
    if (before?.skip === undefined || only.skip === undefined) kept.set(part.frame, only)
    else kept.set(part.frame, { ...only, skip: and(before.skip, only.skip) })
  }
  return {
    frames: [...kept.values()],
    spans: refused.reduce((sum, { from, to }) => sum + to - from, 0),
    reason: refused[0]?.reason ?? '',
  }
}

/** Two halves by requests, or by the spans of the only request; `undefined` where there is nothing to halve. */
function split(parts: readonly Part[]): [Part[], Part[]] | undefined {
  const [part] = parts
  if (part === undefined) return undefined
  if (parts.length > 1) {
    const middle = parts.length >> 1
    return [parts.slice(0, middle), parts.slice(middle)]
  }
  if (part.to - part.from < 2) return undefined
  const middle = (part.from + part.to) >> 1
  return [[{ ...part, to: middle }], [{ ...part, from: middle }]]
}

/** The request with a skip list that names everything but the part, and what it named before. */
function onlyPart({ frame, spans, from, to }: Part): Frame {
  if (to - from === spans) return frame
  const skip = Buffer.alloc(Math.ceil(spans / 8), 0xff)
  for (let position = from; position < to; position++) {
    if ((((frame.skip?.[position >> 3] ?? 0) >> (position & 7)) & 1) === 1) continue
    skip[position >> 3] = (skip[position >> 3] as number) & ~(1 << (position & 7))
  }
  return { ...frame, skip }
}

function and(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, i) => byte & (other[i] as number)))
}

/** How many spans a request has; 0 where it cannot be read. */
function positions(frame: Frame, decoders: Decoders): number {
  try {
    const all: Decoded = decodeInto(new SpanBlock(0n), frame, decoders)
    return all.accepted + all.rejected + all.duplicates
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return 0
  }
}

/** The spans of a request; none where it cannot be read. */
function keysOf(frame: Frame, segmentId: bigint, decoders: Decoders): SpanKey[] {
  const block = new SpanBlock(segmentId)
  try {
    decodeInto(block, frame, decoders)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
  }
  return block.keys()
}
