/**
 * Takes sealed segments and gets each into ClickHouse exactly once.
 *
 * Invariant: a segment's file is removed only after a clear yes, or after its rows were counted in the
 * store and the rollups that it touches agree with them.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { SealedSegment } from '../spool/segment.ts'
import { Gate } from './gate.ts'
import { insertBlock, neverArrived } from './insert.ts'
import { repairRollups } from './repair.ts'
import { settle } from './settle.ts'
import type { SpanBlock } from './span-block.ts'

/** What the writer reports; all optional. */
export interface WriterEvents {
  inserted?: (rows: number, seconds: number) => void
  /** An attempt failed and will be made again after `delayMs`. */
  retrying?: (error: unknown, segment: SealedSegment, delayMs: number) => void
  /** An unclear answer was cleared up: the rows were there, or were sent again. */
  settled?: (segment: SealedSegment, outcome: 'stored' | 'resent') => void
  repaired?: (buckets: number) => void
}

export interface WriterOptions {
  client: ClickHouseClient
  /** Reads a segment that is not in memory. */
  read: (segment: SealedSegment) => Promise<SpanBlock>
  /** The segment's rows are stored. */
  done: (segment: SealedSegment) => Promise<void>
  /** Milliseconds since 1970. */
  now: () => number
  /** Inserts at the same time. */
  parallel?: number
  /** Longest wait between attempts, milliseconds. */
  maxDelayMs?: number
  events?: WriterEvents
}

/** Segments beyond these that wait for the store give up their memory and are read again. */
const MAX_IN_MEMORY = 4
const FIRST_DELAY_MS = 100

export class Writer {
  readonly #options: WriterOptions
  readonly #queue: SealedSegment[] = []
  readonly #gate = new Gate()
  readonly #stop = new AbortController()
  readonly #working = new Set<Promise<void>>()
  #started = false
  #idle: (() => void)[] = []

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Takes a segment; it is written in turn. */
  add(segment: SealedSegment): void {
    if (this.#queue.length >= MAX_IN_MEMORY) segment.block = undefined
    this.#queue.push(segment)
    this.#fill()
  }

  /** Begins to write; until then segments wait. */
  start(): void {
    this.#started = true
    this.#fill()
  }

  /** Resolves when everything that was added is stored. */
  async drained(): Promise<void> {
    while (this.#queue.length > 0 || this.#working.size > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
  }

  /** Ends without waiting for what is left: it stays in the spool. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#queue.length = 0
    await Promise.all(this.#working)
  }

  #fill(): void {
    const { parallel = 2 } = this.#options
    while (this.#started && this.#working.size < parallel) {
      const segment = this.#queue.shift()
      if (segment === undefined) break
      const work = this.#write(segment).finally(() => {
        this.#working.delete(work)
        this.#fill()
        if (this.#working.size === 0) for (const wake of this.#idle.splice(0)) wake()
      })
      this.#working.add(work)
    }
  }

  async #write(segment: SealedSegment): Promise<void> {
    const { maxDelayMs = 15_000, events } = this.#options
    const state = { unclear: segment.leftOver, attempt: 0 }
    let delayMs = FIRST_DELAY_MS
    while (!this.#stop.signal.aborted) {
      try {
        await this.#attempt(segment, state)
        return
      } catch (error) {
        if (this.#stop.signal.aborted) return
        events?.retrying?.(error, segment, delayMs)
        await this.#pause(delayMs)
        delayMs = Math.min(delayMs * 2, maxDelayMs)
      }
    }
  }

  async #attempt(segment: SealedSegment, state: { unclear: boolean; attempt: number }): Promise<void> {
    const { read, done } = this.#options
    segment.block ??= await read(segment)
    const { block } = segment
    if (block.rows > 0) {
      if (state.unclear) await this.#gate.alone(() => this.#settle(segment, block, state))
      else await this.#gate.shared(() => this.#insert(segment, block, state))
    }
    segment.block = undefined
    await done(segment)
  }

  async #settle(
    segment: SealedSegment,
    block: SpanBlock,
    state: { unclear: boolean; attempt: number },
  ): Promise<void> {
    const { client, now, events } = this.#options
    const stored = await settle(client, segment.id, block, queryPrefix(segment))
    if (!stored) await this.#insert(segment, block, state)
    const buckets = await repairRollups(client, block, Math.floor(now() / 1000))
    if (buckets > 0) events?.repaired?.(buckets)
    events?.settled?.(segment, stored ? 'stored' : 'resent')
  }

  async #insert(
    segment: SealedSegment,
    block: SpanBlock,
    state: { unclear: boolean; attempt: number },
  ): Promise<void> {
    const { client, now, events } = this.#options
    // a token of an earlier attempt may be logged although its rows are lost: every attempt has its own
    const token = `${queryPrefix(segment)}${now().toString(36)}-${state.attempt++}`
    const started = performance.now()
    try {
      await insertBlock(
        client,
        { data: block.encode(), columns: block.columnNames },
        { queryId: token, token },
      )
    } catch (error) {
      if (!neverArrived(error)) state.unclear = true
      throw error
    }
    events?.inserted?.(block.rows, (performance.now() - started) / 1000)
  }

  #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stop
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      signal.addEventListener('abort', end)
    })
  }
}

function queryPrefix({ id }: SealedSegment): string {
  return `spanmeter-segment-${id}-`
}
