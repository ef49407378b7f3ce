/**
 * CPU time that the middleware adds to a service: per JSON call and per chunk of a stream.
 *
 * Invariant: bare `fetch` and metered `fetch` alternate in blocks within one process, against one server in
 * another process; only this process's CPU time counts, garbage collection included.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { BenchOptions, Figure } from './figure.ts'
import { CHUNKS } from './peers/chunks.ts'

export const description: string =
  'CPU time that metering adds over bare fetch, against our own limits of 15 us a call and 1 us a chunk'

const CALL_LIMIT = 15
const CHUNK_LIMIT = 1

const built = new URL('../middleware/dist/esm/index.js', import.meta.url)

/** What users install: the build, because running TypeScript directly makes every closure slower. */
async function loadBuilt(): Promise<typeof import('@spanmeter/middleware')> {
  if (!existsSync(built)) {
    throw new Error('cannot measure the middleware: it is not built; run npm run build -w middleware first')
  }
  return import(built.href)
}

/** Spans are made and batched as in production, and dropped where the network would begin. */
const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
}

const body = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'word '.repeat(1000) }],
})

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  const { install, shutdown } = await loadBuilt()
  const server = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL('peers/provider.ts', import.meta.url))],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  try {
    const [port] = await once(server.stdout, 'data')
    const host = `127.0.0.1:${String(port).trim()}`
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(nowhere)] }),
    )
    const url = `http://${host}/v1/chat/completions`
    const call = async (fetch: typeof globalThis.fetch) => {
      await (
        await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      ).json()
    }
    const stream = async (fetch: typeof globalThis.fetch) => {
      const response = await fetch(url, { method: 'POST', body, headers: { 'x-stream': 'yes' } })
      for await (const _chunk of response.body as unknown as AsyncIterable<Uint8Array>);
    }
    // Installed once, as in a service; the bare side keeps the fetch from before.
    const sides = { bare: globalThis.fetch, metered: globalThis.fetch }
    install({ service: 'bench', tenant: 'acme', hosts: { [host]: 'openai' } })
    sides.metered = globalThis.fetch
    const calls = await compare(sides, call, quick ? { rounds: 8, size: 150 } : { rounds: 40, size: 500 })
    report({
      name: 'capture_call',
      value: calls,
      unit: 'us/call',
      against: `limit of ${CALL_LIMIT} us`,
      ratio: CALL_LIMIT / calls,
    })
    const chunks = await compare(sides, stream, quick ? { rounds: 8, size: 6 } : { rounds: 40, size: 20 })
    const perChunk = chunks / CHUNKS
    report({
      name: 'capture_chunk',
      value: perChunk,
      unit: 'us/chunk',
      against: `limit of ${CHUNK_LIMIT} us`,
      ratio: CHUNK_LIMIT / perChunk,
    })
  } finally {
    await shutdown()
    server.stdin.end()
  }
}

type Work = (fetch: typeof globalThis.fetch) => Promise<void>

/** Median of the differences of neighbouring blocks, in microseconds of CPU per piece of work. */
async function compare(
  sides: { bare: typeof fetch; metered: typeof fetch },
  work: Work,
  { rounds, size }: { rounds: number; size: number },
): Promise<number> {
  const differences: number[] = []
  for (let round = -2; round < rounds; round++) {
    // Whichever side runs second may pay for the garbage of the first, so they take turns.
    const first = round % 2 === 0 ? sides.bare : sides.metered
    const second = first === sides.bare ? sides.metered : sides.bare
    const one = await block(() => work(first), size)
    const two = await block(() => work(second), size)
    if (round >= 0) differences.push(first === sides.bare ? two - one : one - two)
  }
  differences.sort((a, b) => a - b)
  const middle = differences.length >> 1
  return ((differences[middle - 1] ?? 0) + (differences[middle] ?? 0)) / 2
}

async function block(work: () => Promise<void>, size: number): Promise<number> {
  globalThis.gc?.()
  const before = process.cpuUsage()
  for (let index = 0; index < size; index++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / size
}
