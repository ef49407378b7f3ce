/**
 * Everything that is tortured: a collector with its embedded ClickHouse, a second one that reaches the same
 * ClickHouse as a server through a network of ours, with its spool on a small disk, and who sends to both.
 *
 * Invariant: `close` ends every process and removes every file.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../examples/provider/random.ts'
import { CollectorProcess } from './collector-process.ts'
import { Ledger } from './ledger.ts'
import { Network } from './network.ts'
import { Sender } from './sender.ts'
import { SmallDisk } from './small-disk.ts'

/** Small batches and a short memory: always something on its way, and most repetitions are late. */
const CONFIG = `logLevel: info
receive: { rememberSpans: 4000, rememberMs: 2000 }
spool: { maxRows: 400, maxAgeMs: 400 }
`
const DISK_BYTES = 16 * 1024 * 1024

export interface World {
  readonly ledger: Ledger
  readonly sender: Sender
  /** Owns the engine. */
  readonly first: CollectorProcess
  /** Reaches the engine through `proxy`. */
  readonly second: CollectorProcess
  readonly proxy: Network
  readonly disk: SmallDisk
  close(): Promise<void>
}

export async function createWorld(random: Random, pauseMs: number): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'spanmeter-torture-'))
  const config = join(root, 'config.yaml')
  await writeFile(config, CONFIG)
  const first = await CollectorProcess.create({ dataDir: join(root, 'first'), config })
  await first.start()
  const proxy = await Network.start(async () => (await first.engine())?.port)
  const disk = await SmallDisk.create(join(root, 'second'), DISK_BYTES)
  await mkdir(disk.path, { recursive: true })
  const { appPassword } = JSON.parse(await readFile(join(first.dataDir, 'engine.json'), 'utf8'))
  const second = await CollectorProcess.create({
    ...{ dataDir: disk.path, config },
    env: { CLICKHOUSE_URL: `http://app:${appPassword}@127.0.0.1:${proxy.port}/spanmeter` },
  })
  await second.start()
  const ledger = new Ledger()
  const sender = new Sender({ ledger, random, pauseMs, urls: [first.url, second.url] })
  return {
    ...{ ledger, sender, first, second, proxy, disk },
    async close() {
      await second.kill()
      await first.kill()
      await proxy.close()
      await disk.close()
      await rm(root, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
    },
  }
}

/** Waits until both collectors have stored everything, as long as they get on with it. */
export async function drained({ first, second }: World, patienceMs: number): Promise<void> {
  let deadline = performance.now() + patienceMs
  let least = Number.POSITIVE_INFINITY
  for (;;) {
    const left = await Promise.all([first, second].map((one) => one.metric('spanmeter_spool_segments')))
    if (left.every((segments) => segments === 0)) return
    const sum = left.reduce((all, segments) => all + segments, 0)
    if (sum < least) {
      least = sum
      deadline = performance.now() + patienceMs
    }
    if (performance.now() > deadline)
      throw new Error(
        `cannot verify: for ${patienceMs / 1000} s nothing was stored, and the spools hold ${left.join(' and ')} segments`,
      )
    await delay(200)
  }
}
