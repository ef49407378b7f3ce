/**
 * `spanmeter export`: everything of a period into a file or a pipe.
 *
 * Invariant: a file has its name only when it is whole; memory is bounded by the slower of both ends.
 */
import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CommandIo } from './command.ts'
import { readOptions, SHARED_HELP } from './options.ts'
import { CommandError, request } from './request.ts'

const HELP = `spanmeter export: all calls of a period as a file

usage: spanmeter export [--format csv] [--since 30d] [--out usage.csv] [options]

  --format <name>      csv, jsonl, parquet, or focus for FinOps FOCUS 1.2 (csv)
  --bom                begin CSV with a byte-order mark, for Excel
  --out <file>         where to write; default: standard output
${SHARED_HELP}`

/** How often progress is shown, milliseconds. */
const EVERY_MS = 200

/** What a person can do about it, by the code of the operating system. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory; make it or name another file with --out',
  EISDIR: 'it is a directory; name a file with --out',
  EACCES: 'it may not be written; name another file with --out',
  EPERM: 'it may not be written; name another file with --out',
  EROFS: 'it may not be written; name another file with --out',
  ENOSPC: 'the disk is full; make room or name another file with --out',
}

/** Runs the command; returns the exit code. */
export async function exportCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const own = {
    format: { type: 'string' },
    bom: { type: 'boolean' },
    out: { type: 'string', short: 'o' },
  } as const
  const { values, target, parameters } = readOptions('export', argv, own, io.env, io.now())
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const format = String(values.format ?? 'csv')
  const out = values.out === undefined || values.out === '-' ? undefined : String(values.out)
  if (out === undefined && io.stdoutIsTerminal && format === 'parquet')
    throw new CommandError('cannot export parquet to a terminal; name a file with --out', 2)
  const response = await request(target, '/api/v1/export', [
    ...parameters,
    ['format', format],
    ...(values.bom === true ? ([['bom', 'true']] as const) : []),
  ])
  const rows = Number(response.headers.get('x-total-count') ?? Number.NaN)
  const progress = new Progress(io, rows, format === 'csv' ? 1 : 0)
  const body = response.body ?? new Response('').body
  if (body === null) throw new CommandError('cannot export: the answer has no body; try again', 1)
  // A device or a pipe cannot be replaced by a whole file; it takes the bytes as they come.
  const inPlace = out !== undefined && (await stat(out).catch(() => undefined))?.isFile() === false
  const partial = out === undefined || inPlace ? undefined : `${out}.partial`
  try {
    if (out === undefined) {
      await pipeline(body, progress.count(), io.stdout, { end: false })
    } else if (partial === undefined) {
      await pipeline(body, progress.count(), createWriteStream(out))
    } else {
      // there before anything can fail: a stream that opens it later would make it after it was removed
      const file = await open(partial, 'w')
      await pipeline(body, progress.count(), file.createWriteStream())
      await rename(partial, out)
    }
  } catch (cause) {
    progress.clear()
    if (partial !== undefined) await rm(partial, { force: true })
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EPIPE') return 0
    const where = out === undefined ? '' : ` to ${out}`
    const reason = REASONS[code ?? ''] ?? `${code ?? message}; try again`
    const kept = partial === undefined ? 'the output is not whole' : 'nothing was kept'
    throw new CommandError(`cannot export${where}: ${kept}: ${reason}`, 1, { cause })
  }
  progress.end(out)
  return 0
}

/** Shows on a terminal how far an export is. */
class Progress {
  readonly #io: CommandIo
  /** How many lines there will be; NaN when nobody knows. */
  readonly #rows: number
  readonly #started: number
  #bytes = 0
  #lines = 0
  #shown = 0

  /** `headers`: lines that are no rows. */
  constructor(io: CommandIo, rows: number, headers: number) {
    this.#io = io
    this.#rows = rows
    this.#lines = -headers
    this.#started = io.now()
  }

  /** Counts what passes. */
  count(): Transform {
    return new Transform({
      transform: (chunk: Uint8Array, _encoding, done) => {
        this.#bytes += chunk.length
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.#lines += 1
        if (this.#io.now() - this.#shown >= EVERY_MS) this.#show()
        done(null, chunk)
      },
    })
  }

  #show(): void {
    this.#shown = this.#io.now()
    if (!this.#io.stderrIsTerminal) return
    const seconds = Math.max(0.001, (this.#shown - this.#started) / 1000)
    const part = Number.isNaN(this.#rows)
      ? undefined
      : Math.min(1, Math.max(0, this.#lines) / Math.max(1, this.#rows))
    const bar =
      part === undefined
        ? ''
        : `[${'#'.repeat(Math.round(part * 24)).padEnd(24, '.')}] ${Math.floor(part * 100)} %  `
    const size = (this.#bytes / 1e6).toFixed(1)
    this.#io.stderr.write(`\r\u001b[K${bar}${size} MB, ${(this.#bytes / 1e6 / seconds).toFixed(1)} MB/s`)
  }

  clear(): void {
    if (this.#io.stderrIsTerminal) this.#io.stderr.write('\r\u001b[K')
  }

  end(out: string | undefined): void {
    this.clear()
    if (out === undefined) return
    const rows = Number.isNaN(this.#rows) ? '' : `${this.#rows.toLocaleString('en-US')} calls, `
    this.#io.stderr.write(`${out}: ${rows}${this.#bytes.toLocaleString('en-US')} bytes\n`)
  }
}
