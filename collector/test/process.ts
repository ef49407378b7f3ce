/** Starts the collector as a person does, as a process of its own, on port 0 and a fresh directory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Running {
  child: ChildProcess
  url: string
  /** Everything it has said so far. */
  said(): string
  /** Ends it with a signal and waits; returns the exit code, or the signal that it died of. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** Runs it to its end; for starts that are meant to fail. */
export async function runToEnd(
  env: Record<string, string>,
  args: string[] = [],
): Promise<{ code: number | null; out: string; err: string }> {
  const child = launch(env, args)
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** Starts it and waits until it listens. */
export async function start(env: Record<string, string>): Promise<Running> {
  const child = launch(env, [])
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
      const found = /listens on (\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`the collector ended with ${code}: ${said}`)))
  })
  return {
    child,
    url,
    said: () => said,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      return child.exitCode ?? child.signalCode
    },
  }
}

function launch(env: Record<string, string>, args: string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=@spanmeter/source', '--import', 'tsx', MAIN, ...args], {
    env: { PATH: process.env.PATH, SPANMETER_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
