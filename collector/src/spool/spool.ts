/**
 * The spool: what was accepted and is not yet known to be in the store.
 *
 * Invariant: a request is acknowledged only when its record is durable here, and a file is deleted only
 * when its rows are in the store. One file is one segment is one batch.
 */
import { randomInt } from 'node:crypto'
import fs, { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallMemory } from '../receive/call-memory.ts'
import { SpanBlocks } from '../write/span-blocks.ts'
import type { Frame } from './frame.ts'
import { type SealedSegment, Segment } from './segment.ts'

/** Bounds of the spool. */
export interface SpoolOptions {
  directory: string
  /** Beyond so many bytes on disk nothing more is accepted. */
  maxBytes: number
  /** Nor when less than this is free on the disk, or less than a twentieth of it where that is smaller. */
  minFreeBytes?: number
  /** A segment is closed when it has so many rows, */
  maxRows: number
  /** or so many bytes, */
  maxSegmentBytes: number
  /** or is so many milliseconds old. */
  maxAgeMs: number
  now: () => number
  /** Where blocks come from. */
  blocks?: SpanBlocks
  /** What their calls say to the blocks that follow. */
  calls?: CallMemory
  /** Takes every segment that is complete, in order. */
  onSealed: (segment: SealedSegment) => void
}

const LOOK_MS = 200

export class Spool {
  readonly #options: SpoolOptions
  readonly #blocks: SpanBlocks
  readonly #sealing = new Set<Promise<void>>()
  #current: Segment | undefined
  #timer: NodeJS.Timeout | undefined
  /** Bytes of segments that are sealed and not removed. */
  #sealedBytes = 0
  #opened: Map<bigint, number> = new Map()
  #diskLow = false
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#blocks = options.blocks ?? new SpanBlocks()
  }

  /** Creates the directory and hands over what an earlier process left. Returns how many segments that were. */
  async recover(): Promise<number> {
    const { directory, onSealed } = this.#options
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const names = (await readdir(directory)).filter((name) => /^\d{20}\.wal$/.test(name)).sort()
    for (const name of names) {
      const path = join(directory, name)
      const { size, mtimeMs } = await stat(path)
      const id = BigInt(name.slice(0, 20))
      this.#sealedBytes += size
      this.#opened.set(id, mtimeMs)
      onSealed({
        ...{ id, path, bytes: size, openedAt: mtimeMs, block: undefined, leftOver: true },
        newSince: Number.POSITIVE_INFINITY,
      })
    }
    return names.length
  }

  /** Takes the files of folder `retry` as segments of an earlier process. */
  async retry(): Promise<void> {
    const { directory, now, onSealed } = this.#options
    const folder = join(directory, 'retry')
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter((name) => name.endsWith('.wal')).sort()) {
      const openedAt = now()
      const id = newSegmentId(openedAt)
      const path = join(directory, `${id.toString().padStart(20, '0')}.wal`)
      await rename(join(folder, name), path)
      const { size: bytes } = await stat(path)
      this.#sealedBytes += bytes
      this.#opened.set(id, openedAt)
      const newSince = Number.POSITIVE_INFINITY
      onSealed({ id, path, bytes, openedAt, block: undefined, leftOver: true, newSince })
    }
  }

  /** Whether a bound is reached. */
  get full(): boolean {
    return this.#diskLow || this.bytes >= this.#options.maxBytes
  }

  /**
   * Looks at the disk, once in a while: what keeps its last room free can still start, write its other files, and
   * store what it has.
   */
  async lookAtDisk(): Promise<void> {
    const { directory, minFreeBytes = 0 } = this.#options
    const now = performance.now()
    if (minFreeBytes === 0 || now - this.#lookedAt < LOOK_MS) return
    this.#lookedAt = now
    const disk = await fs.statfs(directory).catch(() => undefined)
    if (disk === undefined) return
    this.#diskLow = disk.bavail * disk.bsize < Math.min(minFreeBytes, (disk.blocks * disk.bsize) / 20)
  }

  /** Bytes on disk that are not known to be in the store. */
  get bytes(): number {
    return this.#sealedBytes + (this.#current?.bytes ?? 0)
  }

  /** Segments that are not known to be in the store. */
  get segments(): number {
    return this.#opened.size
  }

  /** Milliseconds since 1970 when the oldest of them was opened, `undefined` when there is none. */
  get oldest(): number | undefined {
    let oldest: number | undefined
    for (const at of this.#opened.values()) if (oldest === undefined || at < oldest) oldest = at
    return oldest
  }

  /** The segment that takes the next request. */
  current(): Segment {
    if (this.#current?.broken) this.#seal()
    if (this.#current === undefined) {
      const { directory, maxAgeMs, now, calls } = this.#options
      const openedAt = now()
      const id = newSegmentId(openedAt)
      const path = join(directory, `${id.toString().padStart(20, '0')}.wal`)
      const block = this.#blocks.take(id)
      calls?.advance(openedAt)
      if (calls !== undefined) block.follow(calls)
      this.#current = new Segment(id, path, openedAt, block)
      this.#opened.set(id, openedAt)
      this.#timer = setTimeout(() => this.#seal(), maxAgeMs)
    }
    return this.#current
  }

  /** Makes a request durable in `segment`, whose block has its rows already. */
  async append(segment: Segment, frame: Frame): Promise<void> {
    const written = segment.append(frame)
    const { maxRows, maxSegmentBytes } = this.#options
    if (segment === this.#current && (segment.block.rows >= maxRows || segment.bytes >= maxSegmentBytes))
      this.#seal()
    await written
  }

  /** The segment's rows are in the store: its file goes. */
  async remove(segment: SealedSegment): Promise<void> {
    await rm(segment.path, { force: true })
    this.#sealedBytes -= segment.bytes
    this.#opened.delete(segment.id)
  }

  /** Closes the current segment and waits until it is handed over. */
  async flush(): Promise<void> {
    this.#seal()
    await Promise.all(this.#sealing)
  }

  #seal(): void {
    const segment = this.#current
    if (segment === undefined) return
    this.#current = undefined
    clearTimeout(this.#timer)
    const sealing = this.#handOver(segment).finally(() => this.#sealing.delete(sealing))
    this.#sealing.add(sealing)
  }

  async #handOver(segment: Segment): Promise<void> {
    // counted from here on, because the current segment's bytes are no longer
    this.#sealedBytes += segment.bytes
    const sealed = await segment.seal()
    this.#sealedBytes += (sealed?.bytes ?? 0) - segment.bytes
    if (sealed === undefined) this.#opened.delete(segment.id)
    else this.#options.onSealed(sealed)
  }
}

/** Unique over collectors and ascending in time: milliseconds since 1970, then 22 random bits. */
function newSegmentId(now: number): bigint {
  return (BigInt(now) << 22n) | BigInt(randomInt(1 << 22))
}
