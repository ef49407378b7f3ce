/** What ClickHouse refuses is kept apart, everything else is stored, and a retry stores the rest. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { attachEmbedded, type EmbeddedClickhouse } from '@spanmeter/clickhouse'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCommand } from '../src/cli/command.ts'
import { type Collector, startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { json, protobuf, span } from './spans.ts'

let dataDir: string
let collector: Collector
let store: EmbeddedClickhouse

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-quarantine-'))
  const config = readConfig({ SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir }, 'spool: { maxAgeMs: 300 }')
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
  store = await attachEmbedded({ dataDir })
  await store.client.command({ query: "ALTER TABLE spans ADD CONSTRAINT wholesome CHECK name != 'poison'" })
})
afterAll(async () => {
  await store.close()
  await collector.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function names(): Promise<string[]> {
  const result = await store.client.query({
    query: 'SELECT name FROM spans ORDER BY name, span_id',
    format: 'JSONEachRow',
  })
  return (await result.json<{ name: string }>()).map(({ name }) => name)
}

async function calls(): Promise<number | undefined> {
  const result = await store.client.query({
    query: 'SELECT toUInt32(sum(calls)) AS n FROM rollup_cost_hour',
    format: 'JSONEachRow',
  })
  return (await result.json<{ n: number }>())[0]?.n
}

async function command(...argv: string[]): Promise<{ code: number | undefined; out: string }> {
  let out = ''
  const sink = () =>
    new Writable({
      write(chunk, _, done) {
        out += chunk
        done()
      },
    })
  const code = await runCommand(argv, {
    ...{ stdout: sink(), stderr: sink(), stdoutIsTerminal: false, stderrIsTerminal: false },
    ...{ env: {}, now: Date.now, config: () => readConfig({ SPANMETER_DATA_DIR: dataDir }) },
  })
  return { code, out }
}

const NAMES = ['a', 'poison', 'b', 'c', 'poison', 'd', 'e']

test('poisoned spans are kept apart, in whatever request they are, and come back by a retry', async () => {
  const spans = NAMES.map((name, id) => span({ id: id + 1, name }))
  const send = (type: string, body: Buffer) =>
    fetch(`${collector.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(body),
    })
  const answers = await Promise.all([
    send('application/x-protobuf', protobuf(spans.slice(0, 4))),
    send('application/json', json(spans.slice(4))),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  await vi.waitFor(async () => expect(await names()).toEqual(['a', 'b', 'c', 'd', 'e']), { timeout: 20_000 })
  await vi.waitFor(async () => expect(await calls()).toBe(5), { timeout: 20_000 })

  await vi.waitFor(async () => expect((await command('quarantine')).out).toMatch(/2 spans of 2 requests/), {
    timeout: 20_000,
  })
  const [kept] = JSON.parse((await command('quarantine', 'list', '--json')).out)
  expect(kept).toMatchObject({ spans: 2, requests: 2, reason: expect.stringContaining('wholesome') })
  expect(await (await fetch(`${collector.url}/metrics`)).text()).toMatch(/^spanmeter_quarantined_batches 1$/m)

  await store.client.command({ query: 'ALTER TABLE spans DROP CONSTRAINT wholesome' })
  expect((await command('quarantine', 'retry', kept.segment)).code).toBe(0)
  await vi.waitFor(async () => expect(await names()).toEqual([...NAMES].sort()), { timeout: 20_000 })
  await vi.waitFor(async () => expect(await calls()).toBe(7), { timeout: 20_000 })
  expect((await command('quarantine')).out).toBe('nothing is kept apart\n')
  expect((await command('quarantine', 'retry', kept.segment)).out).toContain('it is not in the quarantine')
  expect((await command('quarantine', 'retry')).code).toBe(2)
})

test('a request that this release cannot read does not hold up the others', async () => {
  // what an older release acknowledged
  const { Quarantine, retryDirectory } = await import('../src/spool/quarantine.ts')
  const quarantine = new Quarantine(dataDir)
  const note = { segment: '1', reason: 'test', requests: 2, spans: 1, since: '' }
  const frames = [
    { kind: 'protobuf' as const, receivedAt: Date.now(), body: Buffer.from('no protobuf at all') },
    { kind: 'protobuf' as const, receivedAt: Date.now(), body: protobuf([span({ id: 77, name: 'good' })]) },
  ]
  await quarantine.keep(frames, note)
  await quarantine.retry('1')
  expect(await readFile(join(retryDirectory(dataDir), '1.json'), 'utf8').catch(() => 'none')).toBe('none')
  await vi.waitFor(async () => expect(await names()).toContain('good'), { timeout: 20_000 })
  await vi.waitFor(
    async () =>
      expect(await quarantine.list()).toMatchObject([
        { requests: 1, spans: 0, reason: expect.stringContaining('cannot read the protobuf body') },
      ]),
    { timeout: 20_000 },
  )
})
