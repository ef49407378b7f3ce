/**
 * `engine.json`: how other processes of the same user find the engine that runs on a data directory.
 *
 * Invariant: it holds the passwords, so only its owner can read it (0600), and it is replaced as a whole.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a process needs to use the engine, and to tell whether it still runs. */
export interface EngineRecord {
  /** The engine's process. */
  pid: number
  /** The process that started the engine and whose end is the engine's end. */
  ownerPid: number
  /** `http://127.0.0.1:<port>` */
  url: string
  appPassword: string
  readerPassword: string
}

/** Passwords stay the same over restarts, so a process that is attached survives one. */
export type Credentials = Pick<EngineRecord, 'appPassword' | 'readerPassword'>

/** Fresh passwords: 192 bits each. */
export function newCredentials(): Credentials {
  const password = () => randomBytes(24).toString('base64url')
  return { appPassword: password(), readerPassword: password() }
}

/** The record of `dataDir`, or `undefined` where there is none or it is damaged. */
export async function readRecord(dataDir: string): Promise<EngineRecord | undefined> {
  let text: string
  try {
    text = await readFile(recordPath(dataDir), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const record = JSON.parse(text) as Partial<EngineRecord>
    const whole =
      Number.isInteger(record.pid) &&
      Number.isInteger(record.ownerPid) &&
      [record.url, record.appPassword, record.readerPassword].every((part) => typeof part === 'string')
    return whole ? (record as EngineRecord) : undefined
  } catch {
    return undefined
  }
}

/** Replaces the record of `dataDir`. */
export async function writeRecord(dataDir: string, record: EngineRecord): Promise<void> {
  const path = recordPath(dataDir)
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, path)
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function recordPath(dataDir: string): string {
  return join(dataDir, 'engine.json')
}
