/**
 * Processes of a black-box test: start one, read what it prints, see whether it is gone.
 *
 * Invariant: only processes that were started here are signalled, by their pid.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { until } from './drive.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface Running {
  pid: number
  /** Everything it has printed so far, both outputs. */
  output(): string
  /** Its standard error alone. */
  errors(): string
  /** Resolves when the output matches. @throws {Error} when it ends or stays silent instead */
  printed(pattern: RegExp, deadline?: number): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** Ends it and everything in its process group at once. */
  kill(): void
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

/** Runs a program of the repository directly. */
export function run(file: string, args: readonly string[], env: Record<string, string> = {}): Running {
  return watch(process.execPath, ['--conditions=@spanmeter/source', '--import', 'tsx', file, ...args], env)
}

/** Runs an npm script through npm, as a person or a supervisor does; the pid is npm's. */
export function runScript(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Running {
  return watch('npm', ['run', '--silent', script, '--', ...args], env)
}

function watch(command: string, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  let errors = ''
  let over = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
    errors += text
  })
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      over = true
      resolve(code ?? signal ?? 0)
    })
  })
  return {
    pid: child.pid ?? 0,
    output: () => output,
    errors: () => errors,
    async printed(pattern, deadline = 60_000) {
      await until(() => pattern.test(output) || over, deadline).catch(() => undefined)
      const found = pattern.exec(output)
      if (!found)
        throw new Error(
          `${args.join(' ')} ${over ? 'ended' : 'is silent'} without printing ${pattern}:\n${output}`,
        )
      return found
    },
    signal: (name) => void child.kill(name),
    kill() {
      if (over || child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    },
    ended,
  }
}

/** Whether a process runs; one that has ended and only waits to be collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
