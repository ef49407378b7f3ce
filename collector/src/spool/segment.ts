/**
 * One write-ahead file being written, and the block of rows that its records give.
 *
 * Invariant: `append` resolves only when its record is on disk (fdatasync); requests that wait together
 * share one sync. When a write fails the file is cut back to what was acknowledged and the block, which may
 * hold more, is given up: it can be read again from the file.
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SpanBlock } from '../write/span-block.ts'
import { encodeHead, type Frame } from './frame.ts'

/** A segment that takes no more records. */
export interface SealedSegment {
  readonly id: bigint
  readonly path: string
  /** Bytes on disk. */
  readonly bytes: number
  /** Milliseconds since 1970 when it was opened. */
  readonly openedAt: number
  /** Absent where it has to be read from the file. */
  block: SpanBlock | undefined
  /** Left over from an earlier process: it may be in the store already. */
  readonly leftOver: boolean
  /** Spans that ended before may have been stored before, milliseconds since 1970; see `SpanMemory.vouchesFrom`. */
  readonly newSince: number
}

interface Waiting {
  head: Buffer
  body: Buffer
  resolve: () => void
  reject: (error: unknown) => void
}

export class Segment {
  readonly id: bigint
  readonly path: string
  readonly openedAt: number
  readonly block: SpanBlock
  /** Bytes of all records that were handed in. */
  bytes = 0
  /** Spans that ended before may have been stored before, milliseconds since 1970. */
  newSince: number = Number.NEGATIVE_INFINITY
  #durable = 0
  #file: FileHandle | undefined
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #broken = false

  constructor(id: bigint, path: string, openedAt: number, block: SpanBlock) {
    this.id = id
    this.path = path
    this.openedAt = openedAt
    this.block = block
  }

  get broken(): boolean {
    return this.#broken
  }

  /** Adds a record, whose rows are in `block` already. Rejects when it could not be made durable. */
  append(frame: Frame): Promise<void> {
    const head = encodeHead(frame)
    this.bytes += head.length + frame.body.length
    return new Promise((resolve, reject) => {
      this.#waiting.push({ head, body: frame.body, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  /** Waits for the records under way and closes the file. Resolves with nothing when nothing was kept. */
  async seal(): Promise<SealedSegment | undefined> {
    await this.#writing
    await this.#file?.close()
    const { id, path, openedAt, newSince } = this
    if (this.#durable === 0) {
      await rm(path, { force: true })
      return undefined
    }
    return {
      id,
      path,
      openedAt,
      bytes: this.#durable,
      block: this.#broken ? undefined : this.block,
      leftOver: false,
      newSince,
    }
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        if (this.#broken)
          throw new Error(`cannot append to ${this.path}: an earlier write failed; send the request again`)
        this.#file ??= await this.#create()
        await writeAll(
          this.#file,
          group.flatMap(({ head, body }) => [head, body]),
          this.#durable,
        )
        await this.#file.datasync()
        for (const { head, body } of group) this.#durable += head.length + body.length
        for (const { resolve } of group) resolve()
      } catch (error) {
        this.#broken = true
        // what cannot be cut off stays as a tail beyond `bytes`, which nobody in this process reads
        await this.#file?.truncate(this.#durable).catch(() => {})
        for (const { reject } of group) reject(error)
      }
    }
    this.#writing = undefined
  }

  async #create(): Promise<FileHandle> {
    const file = await open(this.path, 'wx', 0o600)
    const directory = await open(dirname(this.path), 'r')
    await directory.sync()
    await directory.close()
    return file
  }
}

async function writeAll(file: FileHandle, parts: Buffer[], position: number): Promise<void> {
  let at = position
  // the kernel takes at most 1024 parts at once
  for (let i = 0; i < parts.length; i += 1024) {
    const some = parts.slice(i, i + 1024)
    const wanted = some.reduce((sum, part) => sum + part.length, 0)
    let { bytesWritten } = await file.writev(some, at)
    if (bytesWritten < wanted) {
      const whole = Buffer.concat(some)
      while (bytesWritten < wanted) {
        const more = await file.write(whole, bytesWritten, wanted - bytesWritten, at + bytesWritten)
        bytesWritten += more.bytesWritten
      }
    }
    at += wanted
  }
}
