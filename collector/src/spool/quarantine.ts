/**
 * Requests that ClickHouse or this release cannot take, kept apart so that the others are stored.
 *
 * Invariant: what lies here was acknowledged: it is kept until somebody retries it, and a retry moves it back into
 * the spool as it was received.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeHead, type Frame } from './frame.ts'

/** Why a batch of requests is here. */
export interface QuarantineNote {
  /** Of the segment that they were in. */
  readonly segment: string
  /** What was said about the first of them. */
  readonly reason: string
  readonly requests: number
  /** Spans that are not stored; of the requests that cannot be read, nobody knows. */
  readonly spans: number
  /** ISO time. */
  readonly since: string
}

/** A batch that is kept. */
export interface Quarantined extends QuarantineNote {
  readonly bytes: number
}

/** Where a collector looks for batches that are to be tried again. */
export function retryDirectory(dataDir: string): string {
  return join(dataDir, 'spool', 'retry')
}

export class Quarantine {
  readonly #directory: string
  readonly #retry: string

  constructor(dataDir: string) {
    this.#directory = join(dataDir, 'quarantine')
    this.#retry = retryDirectory(dataDir)
  }

  /** Keeps requests; resolves when they are on disk. The same segment again replaces what was kept of it. */
  async keep(frames: readonly Frame[], note: QuarantineNote): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const path = join(this.#directory, note.segment)
    const draft = await open(`${path}.draft`, 'w', 0o600)
    for (const frame of frames) await draft.writev([encodeHead(frame), frame.body])
    await draft.sync()
    await draft.close()
    await writeFile(`${path}.json`, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600 })
    await rename(`${path}.draft`, `${path}.wal`)
    const directory = await open(this.#directory, 'r')
    await directory.sync()
    await directory.close()
  }

  /** What is kept, oldest first. */
  async list(): Promise<Quarantined[]> {
    const names = await readdir(this.#directory).catch(() => [])
    const kept: Quarantined[] = []
    for (const name of names.filter((name) => name.endsWith('.wal')).sort()) {
      const path = join(this.#directory, name)
      const segment = name.slice(0, -4)
      const note = await readFile(join(this.#directory, `${segment}.json`), 'utf8').catch(() => '{}')
      const { size } = await stat(path)
      const unknown = { segment, reason: 'unknown', requests: 0, spans: 0, since: '' }
      kept.push({ ...unknown, ...(JSON.parse(note) as Partial<QuarantineNote>), bytes: size })
    }
    return kept
  }

  /** Hands a batch back to the collector. Throws when there is none of that name. */
  async retry(segment: string): Promise<void> {
    await mkdir(this.#retry, { recursive: true, mode: 0o700 })
    try {
      await rename(join(this.#directory, `${segment}.wal`), join(this.#retry, `${segment}.wal`))
    } catch (cause) {
      throw new Error(`cannot retry ${segment}: it is not in the quarantine; look at spanmeter quarantine`, {
        cause,
      })
    }
    await rm(join(this.#directory, `${segment}.json`), { force: true })
  }
}
