/**
 * A file of facts that only grows: one line for each change, on disk before anybody acts on it.
 *
 * Invariant: `append` resolves when the line is on disk (fdatasync); lines that wait together share one sync. A line is
 * read back whole or not at all, each is preceded by its CRC-32. What is appended while everything is replaced comes
 * after it.
 */
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'

/** Where changes are written down. */
export interface Journal {
  append(line: string): Promise<void>
  /** Bytes since the last snapshot. */
  readonly bytes: number
  /** Replaces everything by `lines`. */
  rewrite(lines: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface OpenedJournal {
  journal: Journal
  /** What was there. */
  lines: string[]
  /** There was no file, or a line before the last one could not be read. */
  lost: boolean
}

interface Waiting {
  line: string
  resolve(): void
  reject(error: unknown): void
}

/** Opens a journal and reads it. `what` names it in errors. */
export async function openJournal(path: string, what: string): Promise<OpenedJournal> {
  await mkdir(dirname(path), { recursive: true })
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Error(`cannot read ${what} ${path}: ${error.message}; make it readable`, {
      cause: error,
    })
  })
  const { lines, damaged } = decode(text ?? '')
  const journal = new FileJournal(path, what)
  await journal.rewrite(lines)
  return { journal, lines, lost: text === undefined || damaged }
}

function encode(line: string): string {
  return `${crc32(line).toString(16).padStart(8, '0')} ${line}\n`
}

/** What follows the last line break was torn by a crash and never acknowledged. */
function decode(text: string): { lines: string[]; damaged: boolean } {
  const raw = text.split('\n').slice(0, -1)
  const lines = raw.filter((line) => encode(line.slice(9)) === `${line}\n`).map((line) => line.slice(9))
  return { lines, damaged: lines.length < raw.length }
}

class FileJournal implements Journal {
  readonly #path: string
  readonly #what: string
  #file: FileHandle | undefined
  #bytes = 0
  /** Lines that wait for the same sync. */
  #group: Waiting[] | undefined
  /** Resolves after everything that was asked for so far. */
  #done: Promise<void> = Promise.resolve()

  constructor(path: string, what: string) {
    this.#path = path
    this.#what = what
  }

  get bytes(): number {
    return this.#bytes
  }

  append(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const group = this.#group ?? this.#begin()
      group.push({ line, resolve, reject })
    })
  }

  rewrite(lines: readonly string[]): Promise<void> {
    // Those that wait are written before; whoever comes from now on writes to the new file.
    this.#group = undefined
    const replaced = this.#done.then(() => this.#replace(lines))
    this.#done = replaced.catch(() => {})
    return replaced
  }

  async close(): Promise<void> {
    await this.#done
    await this.#file?.close()
    this.#file = undefined
  }

  #begin(): Waiting[] {
    const group: Waiting[] = []
    this.#group = group
    this.#done = this.#done.then(() => this.#write(group))
    return group
  }

  async #replace(lines: readonly string[]): Promise<void> {
    const next = `${this.#path}.next`
    const file = await open(next, 'w', 0o600)
    await file.writeFile(lines.map(encode).join(''))
    await file.datasync()
    await rename(next, this.#path)
    const directory = await open(join(dirname(this.#path)), 'r')
    await directory.sync()
    await directory.close()
    await this.#file?.close()
    this.#file = file
    this.#bytes = 0
  }

  async #write(group: Waiting[]): Promise<void> {
    if (this.#group === group) this.#group = undefined
    try {
      if (!this.#file) throw new Error(`cannot write ${this.#what}: it is closed; ask again`)
      const bytes = Buffer.from(group.map(({ line }) => encode(line)).join(''))
      await this.#file.appendFile(bytes)
      await this.#file.datasync()
      this.#bytes += bytes.length
      for (const { resolve } of group) resolve()
    } catch (error) {
      // A torn line is followed by a whole one the next time: reading leaves out what its check sum does not fit.
      await this.#file?.appendFile('\n').catch(() => {})
      for (const { reject } of group) reject(error)
    }
  }
}
