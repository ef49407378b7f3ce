/** The data directory: may it be written, is there room, what waits in it. */
import { constants } from 'node:fs'
import { access, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CollectorConfig } from '../config/schema.ts'
import { holderOf } from '../spool/lock.ts'
import { Quarantine } from '../spool/quarantine.ts'
import { type Finding, ok, problem, size, warning } from './finding.ts'

/** A batch waits no longer than this while everything is well, milliseconds. */
const WAITS_MS = 60_000

/** Whether the directory can be used. `dataDir` is absolute. */
export async function checkDirectory(dataDir: string): Promise<Finding> {
  const check = 'data directory'
  const exists = (await stat(dataDir).catch(() => undefined))?.isDirectory()
  const where = exists ? dataDir : await nearest(dataDir)
  try {
    await access(where, constants.W_OK | constants.R_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const todo = 'make it writable for this user, or set SPANMETER_DATA_DIR'
    return problem(check, `${where} cannot be written: ${code}`, todo)
  }
  return ok(check, exists ? `${dataDir} can be written` : `${dataDir} is made at the first start`)
}

/** Whether a collector holds it. */
export async function checkHolder(dataDir: string): Promise<{ finding: Finding; pid: number | undefined }> {
  const pid = await holderOf(dataDir)
  return { pid, finding: ok('collector', pid === undefined ? 'none runs here' : `process ${pid} runs here`) }
}

/** Whether there is room for the spool. */
export async function checkRoom(dataDir: string, { spool }: CollectorConfig): Promise<Finding> {
  const check = 'disk'
  const disk = await statfs(await nearest(dataDir))
  const free = disk.bavail * disk.bsize
  const least = Math.min(spool.minFreeBytes, (disk.blocks * disk.bsize) / 20)
  const todo = 'make room, or put SPANMETER_DATA_DIR on another disk'
  if (free < least)
    return problem(
      check,
      `${size(free)} are free, of which ${size(least)} stay free: nothing is accepted`,
      todo,
    )
  if (free < least + spool.maxBytes)
    return warning(check, `${size(free)} are free, and the spool may grow to ${size(spool.maxBytes)}`, todo)
  return ok(check, `${size(free)} are free`)
}

/** What waits to be stored. `now` is in milliseconds since 1970. */
export async function checkSpool(
  dataDir: string,
  { spool }: CollectorConfig,
  running: boolean,
  now: number,
): Promise<Finding> {
  const check = 'spool'
  const folder = join(dataDir, 'spool')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.wal'))
  // one that is stored meanwhile is gone
  const files = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)))
  const there = files.filter((file) => file !== undefined)
  const bytes = there.reduce((sum, file) => sum + file.size, 0)
  const age = there.reduce((oldest, file) => Math.max(oldest, now - file.mtimeMs), 0)
  const found = `${size(bytes)} in ${there.length} batches wait, the oldest for ${Math.round(age / 1000)} s`
  if (there.length === 0) return ok(check, 'nothing waits')
  if (bytes >= spool.maxBytes)
    return problem(
      check,
      `${found}: it is full`,
      'see why ClickHouse does not take it, or raise spool.maxBytes',
    )
  if (running && age > WAITS_MS)
    return warning(check, found, 'see the log: ClickHouse is away, slow or refuses')
  return running ? ok(check, found) : warning(check, found, 'start the collector: it stores them')
}

/** What could not be stored. */
export async function checkQuarantine(dataDir: string): Promise<Finding> {
  const kept = await new Quarantine(dataDir).list()
  if (kept.length === 0) return ok('quarantine', 'nothing is kept apart')
  const spans = kept.reduce((sum, batch) => sum + batch.spans, 0)
  return problem(
    'quarantine',
    `${spans} spans in ${kept.length} batches cannot be stored`,
    'look at the reasons: spanmeter quarantine',
  )
}

/** The directory, or the first one above it that is there. */
async function nearest(path: string): Promise<string> {
  const there = await stat(path).catch(() => undefined)
  return there !== undefined || dirname(path) === path ? path : await nearest(dirname(path))
}
