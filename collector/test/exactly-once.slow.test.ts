/** A span is stored once, however often, in whatever batch and across whatever restart it is sent. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { attachEmbedded } from '@spanmeter/clickhouse'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Intake } from '../src/receive/intake.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import type { SealedSegment } from '../src/spool/segment.ts'
import { Spool } from '../src/spool/spool.ts'
import { type Running, start } from './process.ts'
import { call, json, protobuf } from './spans.ts'

const NOW = Math.floor(Date.now() / 1000) - 60
let directory: string
let env: Record<string, string>
let running: Running | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-once-'))
  const config = join(directory, 'config.yaml')
  await writeFile(config, 'spool: { maxAgeMs: 20 }\n')
  env = { SPANMETER_DATA_DIR: join(directory, 'data'), SPANMETER_CONFIG: config }
})
afterEach(async () => {
  await running?.end('SIGKILL')
  await rm(directory, { recursive: true, force: true, maxRetries: 20 })
})

const spans = (...ids: number[]) => ids.map((id) => call(id, { 'spanmeter.cost.exact': '0.01' }, NOW))

async function send(list: ReadableSpan[], type: 'json' | 'x-protobuf' = 'x-protobuf'): Promise<unknown> {
  const response = await fetch(`${running?.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': `application/${type}` },
    body: new Uint8Array(type === 'json' ? json(list) : protobuf(list)),
  })
  return [response.status, await response.text()]
}

const OK = [200, '']

async function metrics(): Promise<string> {
  return (await fetch(`${running?.url}/metrics`)).text()
}

async function stored(): Promise<unknown> {
  await vi.waitFor(async () => expect(await metrics()).toMatch(/^spanmeter_spool_segments 0$/m), {
    timeout: 20_000,
    interval: 20,
  })
  const store = await attachEmbedded({ dataDir: env.SPANMETER_DATA_DIR as string })
  try {
    const result = await store.reader.query({
      query: `SELECT toUInt32(count()) AS n, toUInt32(uniqExact(span_id)) AS spans,
          toUInt32((SELECT sum(calls) FROM rollup_cost_minute)) AS minute,
          toUInt32((SELECT sum(calls) FROM rollup_cost_hour)) AS hour,
          toUInt32((SELECT sum(calls) FROM rollup_cost_day)) AS day,
          toUInt32((SELECT sum(calls) FROM rollup_latency_hour)) AS latency,
          toUInt32((SELECT sum(calls) FROM rollup_detail_hour)) AS detail,
          toString((SELECT sum(cost) FROM rollup_cost_day)) AS cost FROM spans`,
      format: 'JSONEachRow',
    })
    return (await result.json())[0]
  } finally {
    await store.close()
  }
}

const once = (n: number) => ({
  n,
  spans: n,
  minute: n,
  hour: n,
  day: n,
  latency: n,
  detail: n,
  cost: String(Math.round(n) / 100),
})

test('the same spans again, in the same and in other batches, change no row and no rollup', async () => {
  running = await start(env)
  expect(await send(spans(1, 2, 3))).toEqual(OK)
  expect(await send(spans(1, 2, 3))).toEqual(OK)
  expect(await send(spans(3, 4), 'json')).toEqual([200, '{}'])
  expect(await send(spans(5, 5, 2, 6))).toEqual(OK)
  expect(await send(spans(6, 1))).toEqual(OK)
  expect(await stored()).toEqual(once(6))
  expect(await metrics()).toMatch(/^spanmeter_receive_spans_total\{result="duplicate"\} 8$/m)
})

test('a sender that never got its answer and tries again after a kill, whole or in other batches', async () => {
  running = await start(env)
  for (let i = 0; i < 20; i++) expect(await send(spans(i * 2, i * 2 + 1))).toEqual(OK)
  expect(await stored()).toEqual(once(40))
  await running.end('SIGKILL')

  running = await start(env)
  for (let i = 0; i < 20; i++) expect(await send(spans(i * 2, i * 2 + 1))).toEqual(OK)
  expect(await send(spans(39, 3, 40), 'json')).toEqual([200, '{}'])
  expect(await stored()).toEqual(once(41))
})

test('a kill between the spool and the store: what is left over is remembered, with what it left out', async () => {
  await writeFile(env.SPANMETER_CONFIG as string, 'spool: { maxAgeMs: 60000 }\n')
  running = await start(env)
  expect(await send(spans(1, 2))).toEqual(OK)
  expect(await send(spans(2, 3))).toEqual(OK)
  await running.end('SIGKILL')

  await writeFile(env.SPANMETER_CONFIG as string, 'spool: { maxAgeMs: 20 }\n')
  running = await start(env)
  expect(await send(spans(3, 4, 1))).toEqual(OK)
  expect(await stored()).toEqual(once(4))
})

test('a span whose write failed is not remembered, nor is one that waited for it acknowledged', async () => {
  const sealed: SealedSegment[] = []
  const now = () => NOW * 1000
  const spool = new Spool({
    directory: join(directory, 'missing'),
    maxBytes: 1e6,
    maxRows: 1000,
    maxSegmentBytes: 1e6,
    maxAgeMs: 60_000,
    now,
    onSealed: (segment) => sealed.push(segment),
  })
  const intake = new Intake({ spool, now, memory: new SpanMemory({ maxSpans: 1000, windowMs: 60_000 }) })
  const outcomes = await Promise.allSettled([
    intake.accept('protobuf', protobuf(spans(1, 2))),
    intake.accept('protobuf', protobuf(spans(2, 1))),
    intake.accept('protobuf', protobuf(spans(2, 3))),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await spool.recover()
  expect(await intake.accept('protobuf', protobuf(spans(1, 2, 3)))).toMatchObject({
    accepted: 3,
    duplicates: 0,
  })
  await spool.flush()
  expect(sealed.map(({ block }) => block?.rows)).toEqual([3])
})
