/**
 * Starts the engine's process and waits until it answers: the one place that spawns it.
 *
 * Invariant: a process that did not become ready does not outlive the call.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { EngineUnavailable } from './errors.ts'
import { ENGINE_RELEASE } from './library.ts'

/** How the engine's process ended. */
export interface EngineExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines of its standard error. */
  lastWords: string
}

/** A running engine process. */
export interface EngineProcess {
  pid: number
  exited: Promise<EngineExit>
  /** Ends it gracefully (closes its standard input), by force after `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

/** What to start. */
export interface SpawnOptions {
  library: string
  storePath: string
  configFile: string
  port: number
  appPassword: string
  /** Milliseconds until a start counts as failed; a cold page cache can take 15 s. */
  timeoutMs: number
}

const CHILD = fileURLToPath(new URL('../../engine/child.mjs', import.meta.url))

/** Starts the engine; resolves when it answers queries as `app`. Throws `EngineUnavailable` with its last words. */
export async function spawnEngine(options: SpawnOptions): Promise<EngineProcess> {
  const engine = launch(options)
  try {
    const ended = engine.exited.then((exit) => {
      throw new EngineUnavailable(describeExit(exit))
    })
    await Promise.race([ended, answers(options)])
    return engine
  } catch (error) {
    await engine.stop(0)
    throw error
  }
}

/** The version that the engine at `port` reports to `app`, or `undefined` when it does not answer. */
export function askVersion(port: number, appPassword: string, timeoutMs = 2000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path: `/?query=${encodeURIComponent('SELECT version()')}`,
        headers: { 'x-clickhouse-user': 'app', 'x-clickhouse-key': appPassword },
        agent: false,
        timeout: timeoutMs,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve(response.statusCode === 200 ? text.trim() : undefined))
        response.on('error', () => resolve(undefined))
      },
    )
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('cannot find a free port: no address')
  return address.port
}

function launch({ library, storePath, configFile, port }: SpawnOptions): EngineProcess {
  const child = spawn(
    process.execPath,
    [
      CHILD,
      library,
      '--path',
      storePath,
      '--config-file',
      configFile,
      '--listen_host',
      '127.0.0.1',
      '--http_port',
      String(port),
      '--input-format=LineAsString',
      '--structure=x String',
      '--query',
      'SYSTEM START LISTEN HTTP; SELECT count() FROM table',
    ],
    // its own process group: Ctrl-C in a terminal must reach the collector, which drains into the engine first
    { stdio: ['pipe', 'ignore', 'pipe'], env: { TZ: 'UTC' }, detached: true },
  )
  let lastWords = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (chunk: string) => {
    lastWords = (lastWords + chunk).slice(-4000)
  })
  child.stdin.on('error', () => {})
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, lastWords: error.message }))
    child.once('close', (code, signal) => resolve({ code, signal, lastWords: lastWords.trim() }))
  })
  return {
    pid: child.pid ?? -1,
    exited,
    async stop(graceMs = 2500) {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}

async function answers({ port, appPassword, timeoutMs }: SpawnOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    const version = await askVersion(port, appPassword)
    if (version?.startsWith(ENGINE_RELEASE)) return
    if (version !== undefined) {
      throw new EngineUnavailable(
        `cannot use the embedded ClickHouse: it reports version ${version}, this release needs ${ENGINE_RELEASE}x; reinstall with npm ci`,
      )
    }
    await delay(25)
  }
  throw new EngineUnavailable(
    `cannot start the embedded ClickHouse: no answer on port ${port} within ${timeoutMs / 1000} s; look at the load of this machine and start again`,
  )
}

function describeExit({ code, signal, lastWords }: EngineExit): string {
  const how = signal === null ? `with code ${code}` : `by ${signal}`
  const words = lastWords.split('\n').slice(-5).join(' / ')
  return `cannot start the embedded ClickHouse: the engine ended ${how}${words === '' ? '' : `, saying: ${words}`}; see the message for the cause`
}
