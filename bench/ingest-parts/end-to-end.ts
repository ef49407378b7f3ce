/**
 * A whole collector as it ships, in a process of its own, under a sender in another.
 *
 * Invariant: the clock stops when every acknowledged span is counted in the store and in the rollups.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { attachEmbedded, type EmbeddedClickhouse } from '@spanmeter/clickhouse'
import { cpuSeconds, ownBytes } from './process-use.ts'

const SOURCES = ['--conditions=@spanmeter/source', '--import', 'tsx']
const MAIN = fileURLToPath(new URL('../../collector/src/main.ts', import.meta.url))
/** Twice as long as the oldest span of a request is old, and a bit. */
const SETTLED_MS = 8_000
/** Between two looks at what is stored, which take time of the engine, too. */
const LOOK_MS = 100
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url))

/** What one run showed. */
export interface EndToEnd {
  /** Spans a second, until the last one is stored. */
  rate: number
  /** CPU microseconds a span. */
  collectorCpu: number
  engineCpu: number
  senderCpu: number
  /** 99th percentile of the delay of the collector's event loop, milliseconds. */
  delayP99: number
  /** Milliseconds from request to acknowledgement. */
  ackP50: number
  ackP99: number
  /** The collector's own memory halfway and at the end, bytes. */
  memoryHalfway: number
  memoryAtEnd: number
}

/** Runs the sender for `milliseconds`. */
export async function endToEnd(milliseconds: number): Promise<EndToEnd> {
  const dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-bench-'))
  const collector = spawn(process.execPath, [...SOURCES, MAIN], {
    env: { PATH: process.env.PATH, SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const url = await listening(collector)
    const store = await attachEmbedded({ dataDir })
    try {
      return await measure(url, collector.pid as number, store, milliseconds)
    } finally {
      await store.close()
    }
  } finally {
    collector.kill('SIGTERM')
    if (collector.exitCode === null) await once(collector, 'exit')
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measure(
  url: string,
  pid: number,
  store: EmbeddedClickhouse,
  milliseconds: number,
): Promise<EndToEnd> {
  // a collector that has just started looks for spans of before in the store; here is one that runs
  await delay(SETTLED_MS)
  const before = { collector: await cpuSeconds(pid), engine: await cpuSeconds(store.pid) }
  await eventLoopP99(url)
  const sending = promisify(execFile)(process.execPath, [
    ...SOURCES,
    LOAD,
    `${url}/v1/traces`,
    String(milliseconds),
  ])
  const [, memoryHalfway] = await Promise.all([
    delay(milliseconds / 2),
    delay(milliseconds / 2).then(() => ownBytes(pid)),
  ])
  const load = JSON.parse((await sending).stdout) as Load
  const memoryAtEnd = await ownBytes(pid)
  await stored(store, load.spans, load.startedAt + milliseconds * 6)
  const seconds = (Date.now() - load.startedAt) / 1000
  const each = (cpu: number) => (cpu * 1e6) / load.spans
  return {
    rate: load.spans / seconds,
    collectorCpu: each((await cpuSeconds(pid)) - before.collector),
    engineCpu: each((await cpuSeconds(store.pid)) - before.engine),
    senderCpu: each(load.cpuSeconds),
    delayP99: await eventLoopP99(url),
    ackP50: load.p50,
    ackP99: load.p99,
    memoryHalfway,
    memoryAtEnd,
  }
}

/** What the sender prints. */
interface Load {
  spans: number
  startedAt: number
  cpuSeconds: number
  p50: number
  p99: number
}

async function stored(store: EmbeddedClickhouse, spans: number, until: number): Promise<void> {
  const query = `SELECT toUInt32((SELECT count() FROM spans)) AS raw,
    toUInt32((SELECT sum(calls) FROM rollup_cost_hour)) AS rolled`
  for (;;) {
    const result = await store.reader.query({ query, format: 'JSONEachRow' })
    const [row] = await result.json<{ raw: number; rolled: number }>()
    if (row?.raw === spans && row.rolled === spans) return
    if (Date.now() > until) {
      throw new Error(`cannot measure: ${spans} spans were acknowledged, ${JSON.stringify(row)} are stored`)
    }
    await delay(LOOK_MS)
  }
}

/** Since the last time it was asked, milliseconds. */
async function eventLoopP99(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]
  if (seconds === undefined) throw new Error('cannot measure: /metrics does not tell the event loop delay')
  return Number(seconds) * 1000
}

async function listening(collector: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    collector.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const url = /listens on (\S+)/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
    collector.once('exit', (code) =>
      reject(new Error(`cannot measure: the collector ended with ${code}: ${said}`)),
    )
  })
}
