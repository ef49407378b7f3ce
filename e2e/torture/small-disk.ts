/**
 * A directory that can run out of room.
 *
 * Invariant: nothing stays mounted after `close`.
 */
import { execFile } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export class SmallDisk {
  readonly path: string
  /** Why it has no bound; `undefined` where it has one. */
  readonly missing: string | undefined

  private constructor(path: string, missing: string | undefined) {
    this.path = path
    this.missing = missing
  }

  /** Mounts a tmpfs of `bytes` at `path`; where that is not permitted, `path` is an ordinary directory. */
  static async create(path: string, bytes: number): Promise<SmallDisk> {
    await mkdir(path, { recursive: true })
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'spanmeter-torture', path])
      return new SmallDisk(path, undefined)
    } catch (error) {
      return new SmallDisk(
        path,
        `no tmpfs can be mounted here (${(error as Error).message.trim().split('\n').at(-1)})`,
      )
    }
  }

  /** Leaves `left` bytes free. */
  async fill(left: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path)
    const filler = writeFile(join(this.path, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - left)))
    await filler.catch((error: NodeJS.ErrnoException) => {
      // somebody else was faster: it is full
      if (error.code !== 'ENOSPC') throw error
    })
  }

  async empty(): Promise<void> {
    await rm(join(this.path, 'filler'), { force: true })
  }

  async close(): Promise<void> {
    if (this.missing === undefined) await run('umount', ['-l', this.path]).catch(() => {})
  }
}
