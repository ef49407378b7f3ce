/**
 * A month of 10 million calls as a file: how fast, and how much memory it takes here and in the engine.
 *
 * Invariant: the file goes over HTTP to a reader that throws it away, and its rows are counted; the plain query
 * beside it gives the same columns of the same calls in the same run, with nothing between the engine and the reader.
 */
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createApi } from '@spanmeter/collector/questions'
import type { BenchOptions, Figure } from './figure.ts'
import { type Stored, withStored } from './scale/stored.ts'

export const description =
  'A month of 10 million calls as CSV, JSON lines and Parquet: rows a second and memory, against a plain SELECT … FORMAT CSV'

/** How much this process may grow while a file goes through it, bytes. */
const GROWTH_LIMIT = 200e6
const DAYS = 30
const FORMATS = ['csv', 'jsonl', 'parquet', 'focus'] as const

/** Fills a store and exports it. */
export async function run(report: (figure: Figure) => void, options: BenchOptions): Promise<void> {
  const count = options.calls ?? (options.quick ? 500_000 : 10_000_000)
  await withStored({ count, days: DAYS }, options.data, report, async (stored) => {
    const plain = await plainRate(stored)
    const served = serve(stored)
    try {
      for (const format of FORMATS) {
        const { rows, bytes, seconds, growth, engineGrowth } = await download(
          await served.url,
          format,
          stored,
        )
        const rate = (format === 'focus' ? count : rows) / seconds
        report({
          name: `export/${format}`,
          value: Math.round(rate),
          unit: 'calls/s',
          against: `a plain SELECT … FORMAT CSV: ${Math.round(plain)} calls/s; the engine grew by ${(engineGrowth / 1e6).toFixed(0)} MB; ${rows.toLocaleString('en-US')} rows, ${(bytes / 1e6).toFixed(0)} MB`,
          ratio: rate / plain,
        })
        report({
          name: `export/${format}_memory`,
          value: growth / 1e6,
          unit: 'MB',
          against: `our limit: ${GROWTH_LIMIT / 1e6} MB more than before`,
          ratio: GROWTH_LIMIT / Math.max(growth, 1e6),
        })
      }
    } finally {
      served.close()
    }
  })
}

/** The API on a port of its own. */
function serve({ engine, now }: Stored): { url: Promise<string>; close(): void } {
  const app = createApi({ reader: engine.reader, now: () => new Date(now), report: console.error })
  const server = createAdaptorServer({ fetch: app.fetch })
  const url = new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
  return { url, close: () => server.close() }
}

interface Download {
  rows: number
  bytes: number
  seconds: number
  /** The largest growth of this process and of the engine meanwhile, bytes. */
  growth: number
  engineGrowth: number
}

/** Reads a file to its end, watching the memory. */
async function download(url: string, format: string, { engine, calls, now }: Stored): Promise<Download> {
  globalThis.gc?.()
  const range = `startDate=${new Date(now - DAYS * 86_400_000).toISOString()}&endDate=${new Date(now + 1).toISOString()}`
  const before = [process.memoryUsage.rss(), await residentOf(engine.pid)] as const
  let [most, engineMost] = before
  const watch = setInterval(async () => {
    most = Math.max(most, process.memoryUsage.rss())
    engineMost = Math.max(engineMost, await residentOf(engine.pid))
  }, 50)
  const started = performance.now()
  try {
    const response = await fetch(`${url}/api/v1/export?format=${format}&${range}`)
    if (response.status !== 200 || response.body === null)
      throw new Error(`cannot export ${format}: ${response.status} ${await response.text()}`)
    let lines = format === 'csv' ? -1 : 0
    let bytes = 0
    for await (const chunk of response.body) {
      bytes += chunk.length
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
    }
    const rows = format === 'parquet' ? Number(response.headers.get('x-total-count')) : lines
    if (format !== 'focus' && rows !== calls)
      throw new Error(`cannot measure ${format}: it has ${rows} of ${calls} calls`)
    const seconds = (performance.now() - started) / 1000
    return { rows, bytes, seconds, growth: most - before[0], engineGrowth: engineMost - before[1] }
  } finally {
    clearInterval(watch)
  }
}

/** Calls a second of the query alone. */
async function plainRate({ engine, calls }: Stored): Promise<number> {
  const started = performance.now()
  const { stream } = await engine.client.exec({ query: 'SELECT * FROM spans WHERE is_call FORMAT CSV' })
  let bytes = 0
  for await (const chunk of stream) bytes += (chunk as Buffer).length
  if (bytes < calls) throw new Error(`cannot measure: a plain query gave ${bytes} bytes`)
  return calls / ((performance.now() - started) / 1000)
}

/** Resident memory of a process, bytes; Linux. */
async function residentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024
}
