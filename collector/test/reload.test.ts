/** A configuration is taken over while the collector runs, or refused whole; its prices rate from then on. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createToken } from '../src/access/token.ts'
import { type Collector, startCollector } from '../src/collector.ts'
import { configJsonSchema } from '../src/config/json-schema.ts'
import { readConfig } from '../src/config/read.ts'
import { withoutSecrets } from '../src/config/secrets.ts'
import { call, protobuf } from './spans.ts'

let dataDir: string
let collector: Collector
let file = 'spool: { maxAgeMs: 20 }'
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-reload-'))
  const read = () =>
    readConfig({ SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir, SPANMETER_LOG_LEVEL: 'silent' }, file)
  collector = await startCollector({ config: read(), log: pino({ level: 'silent' }), readConfig: read })
})
afterAll(async () => {
  await collector?.close()
  await rm(dataDir, { recursive: true, force: true })
})

const ask = async (path: string, method = 'GET') => {
  const response = await fetch(`${collector.url}${path}`, { method })
  return { status: response.status, body: await response.json() }
}
const reload = () => ask('/api/v1/config/reload', 'POST')

/** Costs by span, of five calls of the same usage: rated by nobody, the middleware, the provider; two tenants. */
async function costs(first: number): Promise<string[]> {
  const usage = {
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.output_tokens': 100,
    'gen_ai.request.model': 'gpt-5',
  }
  const local = { ...usage, 'spanmeter.cost.exact': '0.5', 'gen_ai.usage.cost.source': 'local' }
  const at = Math.floor(Date.now() / 1000)
  const globex = { 'spanmeter.tenant.id': 'globex' }
  const spans = [
    call(first, usage, at),
    call(first + 1, local, at),
    call(first + 2, { ...local, 'gen_ai.usage.cost.source': 'provider' }, at),
    call(first + 3, { ...usage, ...globex }, at),
    call(first + 4, { ...usage, 'gen_ai.request.model': 'my-own-model' }, at),
  ]
  const sent = await fetch(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(protobuf(spans)),
  })
  expect(sent.status).toBe(200)
  const trace = (index: number) => `a${(first + index).toString(16).padStart(31, '0')}`
  const span = (index: number) => `b${(first + index).toString(16).padStart(15, '0')}`
  return vi.waitFor(
    async () => {
      const rows = await Promise.all(
        spans.map((_, index) => ask(`/api/v1/usage/events/${trace(index)}/${span(index)}`)),
      )
      expect(rows.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
      return rows.map(
        ({ body }) => `${body.event.cost_exact} ${body.event.cost_source} ${body.event.price_version}`,
      )
    },
    { timeout: 10_000, interval: 50 },
  )
}

test('prices of a new configuration rate from then on, in their order; what the provider billed stays', async () => {
  const [book = '', ...before] = await costs(1)
  const [listed = '', , version = ''] = book.split(' ')
  expect(before).toEqual(['0.5 local null', '0.5 provider null', book, 'null null null'])
  file = `
spool: { maxAgeMs: 20 }
grpc: { port: 49999 }
prices:
  - { name: acme-2026, tenants: [acme], model: "gpt-5*", perMillion: { input: "1", output: "5" } }
  - { name: discount, provider: openai, model: gpt-5, multiplier: "0.5" }
  - { name: hosted, model: my-own-model, perCall: "0.01" }`
  expect(await reload()).toEqual({ status: 200, body: { changed: ['prices'], need_restart: ['grpc'] } })
  const half = String(Number(listed) / 2)
  expect(await costs(101)).toEqual([
    '0.0015 collector own:acme-2026',
    '0.0015 collector own:acme-2026',
    '0.5 provider null',
    `${half} collector own:discount × ${version}`,
    '0.01 collector own:hosted',
  ])
})

test('a configuration that cannot be used is refused with all its faults, and the one before it holds', async () => {
  const good = file
  file = 'prices: [{ name: a }]\nspool: { maxRows: many }\nspeed: fast'
  const { status, body } = await reload()
  expect([status, body.type]).toEqual([400, 'urn:spanmeter:problem:bad-config'])
  expect(body.errors.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['spool.maxRows', 'prices.0', 'configuration']),
  )
  await expect(collector.reload()).rejects.toThrow('prices.0')
  expect((await costs(201))[0]).toBe('0.0015 collector own:acme-2026')
  file = good
  expect(await reload()).toMatchObject({ status: 200, body: { changed: [] } })
})

test('the configuration is shown without what opens anything', async () => {
  const { kept } = createToken({ role: 'read' }, 0)
  const config = readConfig(
    { CLICKHOUSE_URL: 'http://user:canary@db:8123/x?password=canary' },
    JSON.stringify({ auth: { tokens: [kept] } }),
  )
  const shown = JSON.stringify(withoutSecrets(config))
  expect(shown).toContain(kept.id)
  expect(shown).not.toContain('canary')
  expect(shown).not.toContain(kept.hash.slice(7))
  expect((await ask('/api/v1/config')).body).toMatchObject({
    port: 0,
    prices: [{ name: 'acme-2026' }, {}, {}],
  })
})

test('the JSON Schema for editors is the one of this release', async () => {
  const path = new URL('../config.schema.gen.json', import.meta.url)
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(JSON.parse(configJsonSchema()))
})
