/**
 * The embedded ClickHouse: libchdb in a child process with an HTTP listener on loopback, on one data directory.
 *
 * Invariant: one engine a directory. `startEmbedded` owns the engine and refuses a directory that is held;
 * `attachEmbedded` uses the engine that another process owns. Both speak to it as to any ClickHouse server.
 */
import { constants } from 'node:fs'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { createStoreClient, ensureDatabase } from '../client.ts'
import { type EngineConfiguration, serverConfiguration, usersConfiguration } from './configuration.ts'
import { EngineHeld, EngineUnavailable } from './errors.ts'
import { findLibrary } from './library.ts'
import { type EngineRecord, isAlive, newCredentials, readRecord, writeRecord } from './record.ts'
import { askVersion, type EngineExit, type EngineProcess, freePort, spawnEngine } from './spawn.ts'

/** What `startEmbedded` takes. */
export interface EmbeddedOptions {
  /** Directory of everything that Spanmeter stores; created when absent. */
  dataDir: string
  /** Loopback port of the listener; a free one when absent. */
  port?: number
  /** Cap on the engine's memory in bytes; half of the machine's by default. */
  maxMemoryBytes?: number
  /** Whether rows are on the disk before an insert is answered, as they are by default. A store that is thrown away need not be. */
  durable?: boolean
  /** Told about state changes, one line each. */
  log?: (line: string) => void
}

/** A running engine and two clients bound to database `spanmeter`. */
export interface EmbeddedClickhouse {
  url: string
  appPassword: string
  readerPassword: string
  /** May do everything in database `spanmeter`. */
  client: ClickHouseClient
  /** May only read it. */
  reader: ClickHouseClient
  pid: number
  /** Resolves when the engine's process ends, whatever the cause. Never for an attached engine. */
  exited: Promise<EngineExit>
  /** Closes the clients and, for its owner, stops the engine (about half a second). */
  close(): Promise<void>
}

const START_TIMEOUT_MS = 60_000
/** An engine whose owner was killed goes away by itself within a second or so. */
const ORPHAN_TIMEOUT_MS = 15_000
/** Directories that this process holds: its own id in a record is no proof, ids come back in containers. */
const held = new Set<string>()

/** Starts the engine on `dataDir`. Throws `EngineHeld` when another process has it, else `EngineUnavailable`. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedClickhouse> {
  const dataDir = resolve(options.dataDir)
  const log = options.log ?? (() => {})
  const library = findLibrary()
  await openDirectory(dataDir)
  const before = await readRecord(dataDir)
  await awaitRelease(dataDir, before)

  const credentials = before === undefined ? newCredentials() : before
  const { appPassword, readerPassword } = credentials
  const configFile = await writeConfiguration(dataDir, {
    appPassword,
    readerPassword,
    maxMemoryBytes: options.maxMemoryBytes ?? totalmem() / 2,
    durable: options.durable ?? true,
  })
  held.add(dataDir)
  try {
    const { engine, port } = await launchWithRetry(dataDir, before, options.port, {
      library,
      storePath: join(dataDir, 'clickhouse'),
      configFile,
      appPassword,
      timeoutMs: START_TIMEOUT_MS,
    })
    const record = {
      pid: engine.pid,
      ownerPid: process.pid,
      url: `http://127.0.0.1:${port}`,
      appPassword,
      readerPassword,
    }
    void engine.exited.then(() => held.delete(dataDir))
    try {
      await writeRecord(dataDir, record)
      log(`embedded ClickHouse ready: pid ${engine.pid}, ${record.url}, data in ${dataDir}`)
      return await open(record, engine.exited, () => engine.stop())
    } catch (error) {
      await engine.stop(0)
      throw error
    }
  } catch (error) {
    held.delete(dataDir)
    throw error
  }
}

/** Uses the engine that runs on `dataDir` already. Throws `EngineUnavailable` when none does. */
export async function attachEmbedded({
  dataDir,
}: Pick<EmbeddedOptions, 'dataDir'>): Promise<EmbeddedClickhouse> {
  const record = await readRecord(resolve(dataDir))
  if (record === undefined || (await ping(record)) === undefined) {
    throw new EngineUnavailable(
      `cannot attach to data directory ${resolve(dataDir)}: no engine runs on it; start the collector with this SPANMETER_DATA_DIR`,
    )
  }
  return open(record, new Promise(() => {}), async () => {})
}

async function open(
  record: EngineRecord,
  exited: Promise<EngineExit>,
  stop: () => Promise<void>,
): Promise<EmbeddedClickhouse> {
  const { url, appPassword, readerPassword, pid } = record
  await ensureDatabase({ url, username: 'app', password: appPassword, database: 'spanmeter' })
  const client = createStoreClient({ url, username: 'app', password: appPassword, database: 'spanmeter' })
  const reader = createStoreClient({
    url,
    username: 'reader',
    password: readerPassword,
    database: 'spanmeter',
  })
  let closing: Promise<void> | undefined
  const close = async () => {
    await Promise.all([client.close(), reader.close()])
    await stop()
  }
  return {
    url,
    appPassword,
    readerPassword,
    client,
    reader,
    pid,
    exited,
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function openDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true })
    await access(dataDir, constants.W_OK | constants.R_OK | constants.X_OK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new EngineUnavailable(
      `cannot write to data directory ${dataDir}: ${code}; make it writable or set SPANMETER_DATA_DIR to another directory`,
      { cause },
    )
  }
}

async function awaitRelease(dataDir: string, record: EngineRecord | undefined): Promise<void> {
  if (held.has(dataDir)) throw new EngineHeld(dataDir, process.pid)
  const deadline = performance.now() + ORPHAN_TIMEOUT_MS
  while (record !== undefined && (await ping(record)) !== undefined) {
    const owned = record.ownerPid !== process.pid && isAlive(record.ownerPid)
    if (owned || performance.now() > deadline)
      throw new EngineHeld(dataDir, owned ? record.ownerPid : record.pid)
    await delay(50)
  }
}

async function launchWithRetry(
  dataDir: string,
  before: EngineRecord | undefined,
  wantedPort: number | undefined,
  options: Omit<Parameters<typeof spawnEngine>[0], 'port'>,
): Promise<{ engine: EngineProcess; port: number }> {
  const deadline = performance.now() + ORPHAN_TIMEOUT_MS
  for (;;) {
    const port = wantedPort ?? (await freePort())
    try {
      return { engine: await spawnEngine({ ...options, port }), port }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const locked = /Cannot lock file/.test(message)
      const retry = locked || /Address already in use/.test(message)
      if (!retry || performance.now() > deadline) {
        throw locked ? new EngineHeld(dataDir, before?.ownerPid, { cause: error }) : error
      }
      // a lock is let go when an engine whose owner was killed has ended; a port was taken in between
      if (locked && before !== undefined && before.ownerPid !== process.pid && isAlive(before.ownerPid)) {
        throw new EngineHeld(dataDir, before.ownerPid, { cause: error })
      }
      await delay(200)
    }
  }
}

async function writeConfiguration(
  dataDir: string,
  config: Omit<EngineConfiguration, 'usersFile' | 'backupsDirectory'>,
): Promise<string> {
  const directory = join(dataDir, 'engine')
  const usersFile = join(directory, 'users.xml')
  const configFile = join(directory, 'config.xml')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const all = { ...config, usersFile, backupsDirectory: join(dataDir, 'backups') }
  await writeFile(usersFile, usersConfiguration(all), { mode: 0o600 })
  await writeFile(configFile, serverConfiguration(all), { mode: 0o600 })
  return configFile
}

function ping(record: EngineRecord): Promise<string | undefined> {
  return askVersion(Number(new URL(record.url).port), record.appPassword)
}
