/**
 * An engine full of synthetic calls, and what is kept of it.
 *
 * Invariant: with a directory given, a store that was filled before is used again and left there; without one it
 * is in a directory of its own that goes at the end. A store of another size, or a day old, is not used again.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type EmbeddedClickhouse, migrate, startEmbedded } from '@spanmeter/clickhouse'
import type { BenchOptions, Figure } from '../figure.ts'
import { type Calls, makeCalls } from './calls.ts'

/** How large the store is: 100 million calls of half a year, or what is asked for; at least enough days to ask about. */
export function sizeOf({ quick, calls }: BenchOptions): Size {
  if (calls !== undefined) return { count: calls, days: calls < 50_000_000 ? 35 : 180 }
  return quick ? { count: 2_000_000, days: 35 } : { count: 100_000_000, days: 180 }
}

/** Calls and the days that they are spread over. */
export interface Size {
  count: number
  days: number
}

/** A filled store. */
export interface Stored {
  engine: EmbeddedClickhouse
  calls: number
  /** When the calls end, milliseconds since 1970: questions are asked as of then. */
  now: number
}

const MAX_AGE_MS = 86_400_000

/** Runs `work` on a store of that size. */
export async function withStored(
  size: Size,
  directory: string | undefined,
  report: (figure: Figure) => void,
  work: (stored: Stored) => Promise<void>,
): Promise<void> {
  const dataDir =
    directory === undefined ? await mkdtemp(join(tmpdir(), 'spanmeter-scale-')) : resolve(directory)
  const engine = await startEmbedded({ dataDir })
  try {
    const before = await filledBefore(dataDir, size.count)
    const now = before ?? Date.now()
    await migrate(engine.client)
    if (before === undefined) {
      await fill(engine, { ...size, now }, report)
      await writeFile(join(dataDir, 'scale.json'), JSON.stringify({ calls: size.count, now }))
    }
    await work({ engine, calls: size.count, now })
  } finally {
    await engine.close()
    if (directory === undefined) await rm(dataDir, { recursive: true, force: true })
  }
}

async function filledBefore(dataDir: string, calls: number): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'scale.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const before = JSON.parse(text) as { calls: number; now: number }
  if (before.calls !== calls || Date.now() - before.now > MAX_AGE_MS)
    throw new Error(
      `cannot use ${dataDir}: it has ${before.calls} calls up to ${new Date(before.now).toISOString()}; remove it or name another directory`,
    )
  return before.now
}

async function fill(
  engine: EmbeddedClickhouse,
  size: Calls,
  report: (figure: Figure) => void,
): Promise<void> {
  const calls = size.count
  const started = performance.now()
  await makeCalls(engine.client, size, progressOf(calls, started))
  const rate = calls / ((performance.now() - started) / 1000)
  const bytes = await bytesOf(engine)
  const raw = (bytes.get('spans') ?? 0) / calls
  const all = [...bytes.values()].reduce((sum, some) => sum + some, 0) / calls
  report({
    name: 'made_in_engine',
    value: Math.round(rate),
    unit: 'calls/s',
    against: 'nothing: rows, views and merges, for the time that the rest takes',
    ratio: 1,
  })
  report({
    name: 'bytes_per_call',
    value: all,
    unit: 'B',
    against: `our goal: 60 B; spans take ${raw.toFixed(1)}, ${[...bytes]
      .filter(([table]) => table !== 'spans')
      .map(([table, some]) => `${table.replace('rollup_', '')} ${(some / calls).toFixed(1)}`)
      .join(', ')}`,
    ratio: 60 / all,
  })
}

/** Shows how far the making is: in one line of a terminal, else a line for each twentieth. */
function progressOf(calls: number, started: number): (made: number) => void {
  const terminal = process.stderr.isTTY
  let shown = 0
  return (made) => {
    if (!terminal && made < calls && made - shown < calls / 20) return
    shown = made
    const seconds = (performance.now() - started) / 1000
    const left = Math.round((seconds / made) * (calls - made))
    const text = `${made.toLocaleString('en-US')} of ${calls.toLocaleString('en-US')} calls made, ${left} s left`
    process.stderr.write(terminal ? `\r\u001b[K${text}${made < calls ? '' : '\n'}` : `${text}\n`)
  }
}

/** Bytes on disk by table, once no part waits for a merge. */
async function bytesOf({ client }: EmbeddedClickhouse): Promise<Map<string, number>> {
  const result = await client.query({
    query: `SELECT table, toUInt64(sum(bytes_on_disk)) AS bytes FROM system.parts
      WHERE active AND database = currentDatabase() GROUP BY table HAVING sum(rows) > 100 ORDER BY bytes DESC`,
    format: 'JSONEachRow',
  })
  return new Map(
    (await result.json<{ table: string; bytes: string }>()).map(({ table, bytes }) => [table, Number(bytes)]),
  )
}
