/**
 * Takes sealed segments and gets each into ClickHouse exactly once.
 *
 * Invariant: a segment's file is removed only after a clear yes, or after its rows were looked up in the
 * store and the rollups that it touches agree with them.
 */
import { readFrames } from '../spool/read-segment.ts'
import type { SealedSegment } from '../spool/segment.ts'
import { Gate } from './gate.ts'
import { insertBlock, neverArrived } from './insert.ts'
import { isolateSegment, isRefusal } from './isolate.ts'
import { repairRollups } from './repair.ts'
import { Repairs } from './repairs.ts'
import { judge, settle } from './settle.ts'
import type { SpanBlock } from './span-block.ts'
import { findStored, hoursOf, memoryOf, type SpanKey } from './span-keys.ts'
import type { WriterOptions } from './writer-options.ts'

/** Segments beyond these that wait for the store give up their memory and are read again. */
const MAX_IN_MEMORY = 4
const FIRST_DELAY_MS = 100
/** After so many the rows are taken apart. */
const REFUSALS = 2

/** What is known of a segment that is being written. */
interface State {
  /** Whether some of its rows may be in the store. */
  unclear: boolean
  attempt: number
  /** Number of the deduplication token: the same after a restart, so that inserts of an earlier process have it too. */
  token: number
  /** How often the rows themselves were said to be wrong. */
  refusals: number
}

export class Writer {
  readonly #options: WriterOptions
  readonly #queue: SealedSegment[] = []
  readonly #gate = new Gate()
  readonly #stop = new AbortController()
  readonly #working = new Set<Promise<void>>()
  readonly #repairs: Repairs
  #started = false
  /** Segments whose last attempt failed. */
  readonly #failing = new Set<SealedSegment>()
  #relieved: (() => void)[] = []
  #idle: (() => void)[] = []

  constructor(options: WriterOptions) {
    this.#options = options
    this.#repairs = new Repairs({
      repair: (hours) => this.#gate.alone(() => this.#repair(hours)),
      done: options.done,
      failed: (error, delayMs) => options.events?.repairFailed?.(error, delayMs),
      pause: (milliseconds) => this.#pause(milliseconds),
    })
  }

  /** Takes a segment; it is written in turn. */
  add(segment: SealedSegment): void {
    if (this.#queue.length >= MAX_IN_MEMORY && segment.block !== undefined) this.#giveBack(segment)
    this.#queue.push(segment)
    this.#fill()
  }

  /** Begins to write; until then segments wait. */
  start(): void {
    this.#started = true
    this.#fill()
  }

  /**
   * Resolves at once, or, where the store falls behind and still takes what it gets, when it has taken some more:
   * after `milliseconds` at the latest. Senders that are held up a little keep what they sent in memory here, so it
   * need not be read again.
   */
  async relief(milliseconds: number): Promise<void> {
    if (this.#queue.length < MAX_IN_MEMORY - 1 || this.#failing.size > 0 || !this.#started) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#relieved.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Resolves when everything that was added is stored. */
  async drained(): Promise<void> {
    while (this.#queue.length > 0 || this.#working.size > 0 || this.#repairs.waiting > 0) {
      if (this.#queue.length > 0 || this.#working.size > 0) {
        await new Promise<void>((resolve) => this.#idle.push(resolve))
      }
      await this.#repairs.finish()
    }
  }

  /** Changes stored rows while nothing is inserted, and makes the rollups of these hours agree. */
  changeStored(change: () => Promise<void>, hours: readonly number[]): Promise<void> {
    return this.#gate.alone(async () => {
      await change()
      if (hours.length > 0) await this.#repair(hours)
    })
  }

  /** Ends without waiting for what is left: it stays in the spool. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#queue.length = 0
    this.#relieve()
    await Promise.all(this.#working)
    await this.#repairs.stop()
  }

  #fill(): void {
    const { parallel = 2 } = this.#options
    while (this.#started && this.#working.size < parallel) {
      const segment = this.#queue.shift()
      if (segment === undefined) break
      const work = this.#write(segment).finally(() => {
        this.#working.delete(work)
        this.#fill()
        // a repair looks at whole hours: one does for many segments
        if (this.#queue.length === 0) void this.#repairs.finish()
        if (this.#working.size === 0) for (const wake of this.#idle.splice(0)) wake()
      })
      this.#working.add(work)
    }
  }

  async #write(segment: SealedSegment): Promise<void> {
    const { maxDelayMs = 15_000, events } = this.#options
    const state: State = { unclear: segment.leftOver, attempt: 0, token: 0, refusals: 0 }
    let delayMs = FIRST_DELAY_MS
    while (!this.#stop.signal.aborted) {
      try {
        await this.#attempt(segment, state)
        this.#failing.delete(segment)
        this.#relieve()
        return
      } catch (error) {
        if (this.#stop.signal.aborted) return
        this.#failing.add(segment)
        this.#relieve()
        if (isRefusal(error) && this.#options.keepApart !== undefined) state.refusals++
        events?.retrying?.(error, segment, delayMs)
        await this.#pause(delayMs)
        delayMs = Math.min(delayMs * 2, maxDelayMs)
      }
    }
  }

  #relieve(): void {
    for (const wake of this.#relieved.splice(0)) wake()
  }

  async #attempt(segment: SealedSegment, state: State): Promise<void> {
    const { read, done } = this.#options
    if (state.refusals >= REFUSALS) {
      const hours = await this.#gate.shared(() => this.#isolate(segment, state))
      this.#repairs.add(segment, hours)
      return
    }
    segment.block ??= await read(segment)
    const { block } = segment
    if (block.rows > 0) {
      if (!state.unclear) await this.#gate.shared(() => this.#store(segment, block, state))
      if (state.unclear) {
        await this.#gate.shared(() => this.#settle(segment, block, state))
        // its file stays until the rollups are known to agree
        this.#repairs.add(segment, hoursOf(block.keys()))
        return
      }
    }
    this.#giveBack(segment)
    await done(segment)
  }

  #giveBack(segment: SealedSegment): void {
    const { block } = segment
    segment.block = undefined
    if (block !== undefined) this.#options.giveBack?.(block)
  }

  /** The first attempt, or one after an insert that never arrived. */
  async #store(segment: SealedSegment, block: SpanBlock, state: State): Promise<void> {
    const { client, events } = this.#options
    const suspects = await this.#suspects(segment, block)
    const before = await this.#elsewhere(segment, suspects)
    const rows = before.size === 0 ? block : await this.#without(segment, before)
    if (before.size > 0) events?.leftOut?.(before.size)
    if (rows.rows > 0) await this.#insert(segment, rows, state)
    if (suspects.length === 0) return
    // somebody may have stored the same spans at the same time: then one of us sees it now
    state.unclear = true
    const after = await findStored(client, suspects)
    const { surplus } = judge(suspects, after, segment.id)
    state.unclear = surplus.length > 0
  }

  /** Spans that may be in the store already: late ones, and all while other collectors write there too. */
  async #suspects(segment: SealedSegment, block: SpanBlock): Promise<SpanKey[]> {
    const alone = (await this.#options.peers?.()) !== true
    return block.keys(alone ? segment.newSince : Number.POSITIVE_INFINITY)
  }

  async #elsewhere({ id }: SealedSegment, suspects: readonly SpanKey[]): Promise<Set<string>> {
    if (suspects.length === 0) return new Set()
    return judge(suspects, await findStored(this.#options.client, suspects), id).elsewhere
  }

  #without(segment: SealedSegment, ids: ReadonlySet<string>): Promise<SpanBlock> {
    return this.#options.read(segment, memoryOf(ids))
  }

  async #settle(segment: SealedSegment, block: SpanBlock, state: State): Promise<void> {
    const { client, events } = this.#options
    const outcome = await settle(client, {
      segmentId: segment.id,
      block,
      queryPrefix: queryPrefix(segment),
      insert: (rows) => this.#insert(segment, rows, state),
      nextToken: () => state.token++,
      without: (ids) => this.#without(segment, ids),
    })
    events?.settled?.(segment, outcome)
  }

  /** Stores what can be stored of a segment and keeps the rest apart; returns the hours that it touches. */
  async #isolate(segment: SealedSegment, state: State): Promise<number[]> {
    const { client, now, keepApart } = this.#options
    const { refused, keys } = await isolateSegment(client, segment.id, await readFrames(segment), (block) => {
      const id = `${queryPrefix(segment)}part-${now().toString(36)}-${state.attempt++}`
      return insertBlock(client, encoded(block), { queryId: id, token: id })
    })
    if (refused.frames.length > 0) await keepApart?.(segment, refused)
    return hoursOf(keys)
  }

  async #repair(hours: readonly number[]): Promise<void> {
    const { client, now, kept, events } = this.#options
    const buckets = await repairRollups(client, hours, Math.floor(now() / 1000), kept?.())
    if (buckets > 0) events?.repaired?.(buckets)
  }

  async #insert(segment: SealedSegment, block: SpanBlock, state: State): Promise<void> {
    const { client, now, events } = this.#options
    const prefix = queryPrefix(segment)
    const started = performance.now()
    try {
      const queryId = `${prefix}${now().toString(36)}-${state.attempt++}`
      await insertBlock(client, encoded(block), { queryId, token: `${prefix}${state.token}` })
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

function encoded(block: SpanBlock): { data: Buffer[]; columns: string[] } {
  return { data: block.encode(), columns: block.columnNames }
}
