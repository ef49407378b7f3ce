/**
 * CPU time that the middleware adds to a service: per JSON call and per chunk of a stream.
 *
 * Invariant: bare `fetch` and metered `fetch` alternate in blocks within one process, against one server in
 * another process; only this process's CPU time counts, garbage collection included.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { install, shutdown } from '@spanmeter/middleware'
import type { BenchOptions, Figure } from './figure.ts'
import { CHUNKS } from './peers/chunks.ts'

export const description: string =
  'CPU time that metering adds over bare fetch, against our own limits of 15 us a call and 1 us a chunk'

const CALL_LIMIT = 15
const CHUNK_LIMIT = 1

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
    const call = async () => {
      await (
        await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      ).json()
    }
    const stream = async () => {
      const response = await fetch(url, { method: 'POST', body, headers: { 'x-stream': 'yes' } })
      for await (const _chunk of response.body as unknown as AsyncIterable<Uint8Array>);
    }
    const calls = await compare(host, call, quick ? { rounds: 8, size: 150 } : { rounds: 40, size: 500 })
    report({
      name: 'capture_call',
      value: calls,
      unit: 'us/call',
      against: `limit of ${CALL_LIMIT} us`,
      ratio: CALL_LIMIT / calls,
    })
    const chunks = await compare(host, stream, quick ? { rounds: 8, size: 6 } : { rounds: 40, size: 20 })
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

/** Median of the differences of neighbouring blocks, in microseconds of CPU per piece of work. */
async function compare(
  host: string,
  work: () => Promise<void>,
  { rounds, size }: { rounds: number; size: number },
): Promise<number> {
  const differences: number[] = []
  await block(work, size)
  for (let round = -1; round < rounds; round++) {
    const bare = await block(work, size)
    install({ service: 'bench', tenant: 'acme', hosts: { [host]: 'openai' } })
    const metered = await block(work, size)
    await shutdown()
    if (round >= 0) differences.push(metered - bare)
  }
  differences.sort((a, b) => a - b)
  const middle = differences.length >> 1
  return ((differences[middle - 1] ?? 0) + (differences[middle] ?? 0)) / 2
}

async function block(work: () => Promise<void>, size: number): Promise<number> {
  if (process.env.GC) globalThis.gc?.()
  const before = process.cpuUsage()
  for (let index = 0; index < size; index++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / size
}
