/**
 * Spans per second through the whole collector: HTTP, protobuf, log on disk, ClickHouse, rollups.
 *
 * Invariant: the clock stops when every acknowledged span is counted in the store and in the hourly rollup.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { attachEmbedded } from '@spanmeter/clickhouse'
import type { Figure } from './figure.ts'
import { compareDecoders } from './ingest-parts/decode.ts'
import { engineAlone } from './ingest-parts/engine.ts'

export const description =
  'Spans per second from HTTP request to stored rows and rollups, against the engine alone; and decoding against protobufjs'

const SOURCES = ['--conditions=@spanmeter/source', '--import', 'tsx']
const MAIN = fileURLToPath(new URL('../collector/src/main.ts', import.meta.url))
const LOAD = fileURLToPath(new URL('./ingest-parts/load.ts', import.meta.url))

/** Runs all three and reports. */
export async function run(report: (figure: Figure) => void, { quick }: { quick: boolean }): Promise<void> {
  const milliseconds = quick ? 3000 : 10_000
  const ours = await endToEnd(milliseconds)
  const engine = await engineAlone(milliseconds)
  report({
    name: 'end_to_end',
    value: Math.round(ours),
    unit: 'spans/s',
    against: `the engine alone, same rows in Native: ${Math.round(engine)} spans/s`,
    ratio: ours / engine,
  })
  const decoders = compareDecoders(quick ? 5 : 15)
  report({
    name: 'decode',
    value: Math.round(decoders.ours),
    unit: 'spans/CPU-s',
    against: `protobufjs 8 decoding alone: ${Math.round(decoders.protobufjs)} spans/CPU-s`,
    ratio: decoders.ours / decoders.protobufjs,
  })
}

async function endToEnd(milliseconds: number): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-bench-'))
  const collector = spawn(process.execPath, [...SOURCES, MAIN], {
    env: { PATH: process.env.PATH, SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const url = await listening(collector)
    const store = await attachEmbedded({ dataDir })
    try {
      const load = await promisify(execFile)(process.execPath, [
        ...SOURCES,
        LOAD,
        `${url}/v1/traces`,
        String(milliseconds),
      ])
      const { spans, startedAt } = JSON.parse(load.stdout) as { spans: number; startedAt: number }
      const query = `SELECT toUInt32((SELECT count() FROM spans)) AS raw,
        toUInt32((SELECT sum(calls) FROM rollup_cost_hour)) AS rolled`
      for (;;) {
        const result = await store.reader.query({ query, format: 'JSONEachRow' })
        const [row] = await result.json<{ raw: number; rolled: number }>()
        if (row?.raw === spans && row.rolled === spans) break
        if (Date.now() - startedAt > milliseconds * 6) {
          throw new Error(
            `cannot measure: ${spans} spans were acknowledged, ${JSON.stringify(row)} are stored`,
          )
        }
        await delay(20)
      }
      return spans / ((Date.now() - startedAt) / 1000)
    } finally {
      await store.close()
    }
  } finally {
    collector.kill('SIGTERM')
    if (collector.exitCode === null) await once(collector, 'exit')
    await rm(dataDir, { recursive: true, force: true })
  }
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
