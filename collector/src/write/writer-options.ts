/**
 * What a writer is made with and what it reports.
 *
 * Invariant: types only; the writer knows the spool, the quarantine and the metrics by these functions alone.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { SpanMemory } from '../receive/span-memory.ts'
import type { SealedSegment } from '../spool/segment.ts'
import type { Refused } from './isolate.ts'
import type { Kept } from './kept.ts'
import type { SpanBlock } from './span-block.ts'

/** What the writer reports; all optional. */
export interface WriterEvents {
  inserted?: (rows: number, seconds: number) => void
  /** An attempt failed and will be made again after `delayMs`. */
  retrying?: (error: unknown, segment: SealedSegment, delayMs: number) => void
  /** An unclear answer was cleared up: the rows were there, or were sent again. */
  settled?: (segment: SealedSegment, outcome: 'stored' | 'resent') => void
  repaired?: (buckets: number) => void
  /** The rollups could not be compared or repaired; it is tried again after `delayMs`. */
  repairFailed?: (error: unknown, delayMs: number) => void
  /** Spans of a segment were in the store already and are not stored again. */
  leftOut?: (spans: number) => void
}

export interface WriterOptions {
  client: ClickHouseClient
  /** Reads a segment from its file, without the spans that `leaveOut` knows. */
  read: (segment: SealedSegment, leaveOut?: SpanMemory) => Promise<SpanBlock>
  /** Requests that can never be stored go there, and are kept; without it they are tried for ever. */
  keepApart?: (segment: SealedSegment, refused: Refused) => Promise<void>
  /** The segment's rows are stored. */
  done: (segment: SealedSegment) => Promise<void>
  /** Takes blocks that are not needed any more. */
  giveBack?: (block: SpanBlock) => void
  /** Whether other collectors write to the same store. */
  peers?: () => Promise<boolean>
  /** How long spans and rollups are kept; for ever without it. */
  kept?: () => Kept
  /** Milliseconds since 1970. */
  now: () => number
  /** Inserts at the same time. */
  parallel?: number
  /** Longest wait between attempts, milliseconds. */
  maxDelayMs?: number
  events?: WriterEvents
}
