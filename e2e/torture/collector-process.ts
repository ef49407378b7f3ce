/**
 * A collector that is started, killed and started again on the same directory and the same port.
 *
 * Invariant: only processes that were started here are signalled, by their pid.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, type Running, run } from '../processes.ts'

export interface CollectorProcessOptions {
  dataDir: string
  config: string
  env?: Record<string, string>
}

export class CollectorProcess {
  readonly url: string
  readonly dataDir: string
  /** Last words of every process that ended by itself. */
  readonly died: string[] = []
  readonly #env: Record<string, string>
  #running: Running | undefined

  private constructor(port: number, { dataDir, config, env }: CollectorProcessOptions) {
    this.url = `http://127.0.0.1:${port}`
    this.dataDir = dataDir
    this.#env = {
      SPANMETER_PORT: String(port),
      SPANMETER_DATA_DIR: dataDir,
      SPANMETER_CONFIG: config,
      CLICKHOUSE_URL: '',
      SPANMETER_GRPC_PORT: 'none',
      ...env,
    }
  }

  static async create(options: CollectorProcessOptions): Promise<CollectorProcess> {
    return new CollectorProcess(await freePort(), options)
  }

  /** Starts it, as often as it takes: what it needs may be away just now. */
  async start(patienceMs = 120_000): Promise<void> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const running = run('collector/src/main.ts', [], this.#env)
      this.#running = running
      try {
        await running.printed(/listens on/, patienceMs)
        return
      } catch (error) {
        running.kill()
        if (performance.now() > deadline) throw error
        this.died.push(running.output().slice(-500))
        await delay(300)
      }
    }
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    const running = this.#running
    running?.signal('SIGKILL')
    await running?.ended
  }

  /** Stops it as a supervisor does. */
  async stop(): Promise<void> {
    this.#running?.signal('SIGTERM')
    await this.#running?.ended
  }

  /** The pid and the port of its embedded engine. */
  async engine(): Promise<{ pid: number; port: number } | undefined> {
    try {
      const text = await readFile(join(this.dataDir, 'engine.json'), 'utf8')
      const { pid, url } = JSON.parse(text) as { pid: number; url: string }
      return { pid, port: Number(new URL(url).port) }
    } catch {
      return undefined
    }
  }

  /** The value of a metric without labels; NaN while it does not answer. */
  async metric(name: string): Promise<number> {
    try {
      const text = await (await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(10_000) })).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    } catch {
      return Number.NaN
    }
  }
}
