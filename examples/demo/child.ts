/**
 * One process of the demo: started, watched until it is ready, stopped.
 *
 * Invariant: a process is only ever signalled by the pid (and process group) that this file got from
 * starting it. It runs in its own group, so that Ctrl-C reaches the demo alone and the demo decides the
 * order in which things stop.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ChildOptions {
  /** How messages call it. */
  name: string
  /** TypeScript entry file. */
  file: URL
  args?: readonly string[]
  env: Record<string, string | undefined>
  /** Lines of output that say it is ready, each with the URL as its first group; all are awaited. */
  ready: readonly RegExp[]
  /** Milliseconds to become ready. */
  timeout: number
}

export interface Child {
  name: string
  pid: number
  /** What the `ready` patterns found, in their order. @throws {StartError} with what the process said last */
  ready: Promise<string[]>
  /** Resolves with a sentence when the process has ended, asked or not. */
  ended: Promise<string>
  /** The newest lines that it wrote. */
  lastLines(): string[]
  /** Asks it to end, insists after `grace` milliseconds, and resolves when it is gone. */
  stop(grace: number): Promise<void>
}

/** A process that ended or stayed silent instead of becoming ready. */
export class StartError extends Error {
  override name = 'StartError'
}

const KEPT_LINES = 40

/** Starts the process; await `ready` before using it, and `stop` it in any case. */
export function startChild(options: ChildOptions): Child {
  const { name, file, args = [], env } = options
  const preload = [import.meta.resolve('tsx'), new URL('./watch-parent.ts', import.meta.url).href]
  const child = spawn(
    process.execPath,
    [
      '--conditions=@spanmeter/source',
      ...preload.flatMap((specifier) => ['--import', specifier]),
      fileURLToPath(file),
      ...args,
    ],
    { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const lines: string[] = []
  const ended = watchEnd(child)
  const ready = watchReady(child, lines, ended, options)
  // Whoever stops the demo early does not await readiness any more.
  ready.catch(() => undefined)
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    ended,
    lastLines: () => [...lines],
    async stop(grace) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      child.kill('SIGTERM')
      const insist = setTimeout(() => killGroup(child.pid), grace)
      await ended
      clearTimeout(insist)
    },
  }
}

async function watchReady(
  child: ChildProcess,
  lines: string[],
  ended: Promise<string>,
  { name, ready, timeout }: ChildOptions,
): Promise<string[]> {
  const urls: (string | undefined)[] = ready.map(() => undefined)
  const found = new Promise<string[]>((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      if (!output) continue
      createInterface({ input: output }).on('line', (line) => {
        lines.push(line)
        if (lines.length > KEPT_LINES) lines.shift()
        for (const [index, pattern] of ready.entries()) urls[index] ??= pattern.exec(line)?.[1]
        if (urls.every((url) => url !== undefined)) resolve(urls)
      })
    }
  })
  let patience: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    patience = setTimeout(() => resolve(`was not ready within ${timeout / 1000} s`), timeout)
  })
  const outcome = await Promise.race([found, ended, late])
  clearTimeout(patience)
  if (typeof outcome !== 'string') return outcome
  throw new StartError(`${name}: ${lastWords(lines) ?? outcome}`)
}

/** What a process said last to people: the error that it died of, or else its last line that is no log record. */
export function lastWords(lines: readonly string[]): string | undefined {
  const crash = lines.findLast((line) => /^\w*Error\b.*: ./.test(line))
  return (
    crash ??
    lines.findLast((line) => line.trim() !== '' && !/^\s*(\{|\}|at |\^|Node\.js v|node:internal)/.test(line))
  )
}

async function watchEnd(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`))
    child.once('close', (code, signal) =>
      resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
    )
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended between the check and the signal.
  }
}
