/**
 * Kills the engine exactly when it is about to rename something: a part that is complete and logged, and not yet
 * committed. strace does it where it may trace; elsewhere the engine is killed when its directory changes, which
 * hits that moment now and then.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { between, type Random } from '../../../examples/provider/random.ts'
import { isAlive } from '../../processes.ts'
import type { Disturbance } from '../disturbance.ts'
import { restarted } from './kill-engine.ts'

const RENAMES = 'rename,renameat,renameat2'
/** Under this load the engine renames several parts a second. */
const PATIENCE_MS = 20_000

export const killEngineAtRename: Disturbance = {
  name: 'kill the engine at a rename',
  kills: 'engine',
  async run({ first }, random) {
    const engine = await first.engine()
    if (engine === undefined) throw new Error('cannot kill the engine: there is none')
    if (await canTrace()) await killByTrace(engine.pid, between(1, 8, random))
    else await killOnChange(engine.pid, join(first.dataDir, 'clickhouse', 'store'), random)
    if (isAlive(engine.pid)) process.kill(engine.pid, 'SIGKILL')
    await restarted(first, engine.pid)
  },
}

let tracing: Promise<boolean> | undefined

/** Whether strace is here and may trace processes that are no children of its own. */
export function canTrace(): Promise<boolean> {
  tracing ??= (async () => {
    const victim = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30000)'], { stdio: 'ignore' })
    try {
      await promisify(execFile)('timeout', ['-s', 'INT', '1', 'strace', '-p', String(victim.pid)])
      return true
    } catch (error) {
      // ended by `timeout` while it was attached
      return (error as { code?: unknown }).code === 124
    } finally {
      victim.kill('SIGKILL')
    }
  })()
  return tracing
}

async function killByTrace(pid: number, which: number): Promise<void> {
  const inject = `inject=${RENAMES}:signal=SIGKILL:when=${which}`
  const tracer = spawn('strace', ['-f', '-qq', '-e', `trace=${RENAMES}`, '-e', inject, '-p', String(pid)], {
    stdio: 'ignore',
  })
  const ended = once(tracer, 'close')
  await Promise.race([ended, delay(PATIENCE_MS, undefined, { ref: false })])
  tracer.kill('SIGINT')
  await ended
}

async function killOnChange(pid: number, directory: string, random: Random): Promise<void> {
  let left = between(1, 8, random)
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      watcher.close()
      resolve()
    }
    const watcher = watch(directory, { recursive: true }, (_, name) => {
      if (name?.includes('tmp_insert') !== true || --left > 0) return
      if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      done()
    })
    const timer = setTimeout(done, PATIENCE_MS)
  })
}
