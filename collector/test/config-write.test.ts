/** A configuration is sent over HTTP: taken over whole, or refused whole, and no secret leaves or is lost. */
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createToken } from '../src/access/token.ts'
import { type Collector, startCollector } from '../src/collector.ts'
import { ConfigFile } from '../src/config/config-file.ts'
import { readConfig } from '../src/config/read.ts'

const { kept } = createToken({ role: 'read', name: 'kept' }, 0)
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const FILE = `# who is told
channels:
  chat: { type: slack, url: 'https://hooks.slack.com/services/T0/canary' } # the team
  hook: { type: webhook, url: 'https://example.com/', secrets: ['${SECRET}'] }
  mail: { type: email, smtp: 'smtps://user:canary@mail.example.com', from: a@example.com, to: [b@example.com] }
  page: { type: pagerduty, routingKey: canary }
  push: { type: ntfy, topic: canary, token: canary }
auth: { tokens: [${JSON.stringify(kept)}] }
spool: { maxAgeMs: 20 }
prices: [{ name: acme-2026, tenants: [acme], model: 'gpt-5*', perMillion: { input: '1', output: '5' } }]
budgets:
  - { id: month, limit: 10, scope: { tenant: '*' }, period: { every: month, timezone: Europe/Berlin } }
  - { id: slow, limit: 1, unit: runs, period: { rolling: 36h }, action: throttle, throttle: 90s }
  - { id: more, limit: 1, period: week, increases: [{ amount: 5, from: 2026-03-01T00:00:00+01:00, until: 2026-03-02T00:00:00Z }] }
leases: { ttl: 1m }
plans: { basic: { price: 29, credits: 500, meters: { api_call: { included: 10, overageUnitPrice: 0.01 } } } }
subscriptions: [{ tenant: acme, plan: basic, anchorDay: 15, overrides: { api_call: { included: 20 } } }]
alerts: { everySeconds: 60, rules: [{ name: month, kind: spend, usd: 5, by: tenant }] }
`
let folder: string
let path: string
let collector: Collector
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spanmeter-config-'))
  path = join(folder, 'spanmeter.yaml')
  await writeFile(path, FILE)
  await chmod(path, 0o640)
  const environment = {
    ...{ SPANMETER_PORT: '0', SPANMETER_GRPC_PORT: 'none', SPANMETER_LOG_LEVEL: 'silent' },
    SPANMETER_DATA_DIR: join(folder, 'data'),
  }
  const read = () => readConfig(environment, readFileSync(path, 'utf8'))
  collector = await startCollector({
    ...{ config: read(), readConfig: read, log: pino({ level: 'silent' }) },
    configFile: new ConfigFile(path, environment),
  })
})
afterAll(async () => {
  await collector?.close()
  await rm(folder, { recursive: true, force: true })
})

const url = () => `${collector.url}/api/v1/config`
// biome-ignore lint/suspicious/noExplicitAny: a configuration is looked into here and there
async function show(): Promise<{ config: any; tag: string }> {
  const response = await fetch(url())
  return { config: await response.json(), tag: response.headers.get('etag') ?? '' }
}
async function put(body: string | object, headers: Record<string, string> = {}, query = '') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url()}${query}`, { method: 'PUT', body: text, headers })
  return { status: response.status, body: await response.json() }
}
const written = () => readFile(path, 'utf8')

test('a configuration is replaced whole, and what was shown can be sent back', async () => {
  const { config } = await show()
  expect(JSON.stringify(config)).not.toMatch(/canary|whsec_/)
  expect(JSON.stringify(config)).not.toContain(kept.hash.slice(7))
  expect(config.channels).toMatchObject({
    chat: { url: 'https://hooks.slack.com/<secret>' },
    hook: { url: 'https://example.com/', secrets: ['<secret>'] },
  })
  expect(await put(config)).toEqual({ status: 200, body: { changed: [], need_restart: [] } })
  expect((await show()).config).toEqual(config)
  const file = parse(await written())
  expect(file.channels).toMatchObject(parse(FILE).channels)
  expect(file.auth.tokens).toEqual([kept])
  // what the environment says stays there
  expect([file.port, file.dataDir]).toEqual([undefined, undefined])
  const [month, slow, more] = config.budgets
  const changed = { ...config, budgets: [month, { ...slow, limit: '20' }, more] }
  expect((await put(changed)).body).toEqual({ changed: ['budgets'], need_restart: [] })
  const { budgets } = (await (await fetch(`${collector.url}/api/v1/budgets`)).json()) as {
    budgets: { budget: string; limit: string }[]
  }
  expect(budgets.find(({ budget }) => budget === 'slow')?.limit).toBe('20')
  expect((await stat(path)).mode & 0o777).toBe(0o640)
})

test('comments stay, and secrets are found by their place', async () => {
  const text = FILE.replace('https://hooks.slack.com/services/T0/canary', 'https://hooks.slack.com/<secret>')
  expect((await put(text)).status).toBe(200)
  expect(await written()).toContain('# who is told')
  expect(await written()).toContain('# the team')
  expect(parse(await written())).toEqual(parse(FILE))
  const fault = await put(text.replace('  chat:', '  other:'))
  expect(fault).toMatchObject({ status: 400, body: { errors: [{ name: 'channels.other.url' }] } })
})

test('one that cannot be used is refused with all its faults, and the file stays', async () => {
  const before = await written()
  for (const wrong of [
    'budgets: [{ id: a }]\nspeed: fast',
    'a: [',
    '"text"',
    `${FILE}tls: { certFile: /no, keyFile: /no }\n`,
  ]) {
    const { status, body } = await put(wrong)
    expect([wrong, status, body.type]).toEqual([wrong, 400, 'urn:spanmeter:problem:bad-config'])
    expect(await written()).toBe(before)
  }
  expect((await put('speed: fast\nprices: [{ name: a }]')).body.errors).toHaveLength(2)
  expect((await readdir(folder)).sort()).toEqual(['data', 'spanmeter.yaml'])
  expect((await show()).config.budgets[0].limit).toBe('10')
})

test('a trial changes nothing, and whoever saw an older one is told', async () => {
  const { config, tag } = await show()
  const next = { ...config, budgets: [], spool: { ...config.spool, maxAgeMs: 30 } }
  const said = await put(next, {}, '?dry_run=true')
  expect(said.body).toEqual({ changed: ['budgets'], need_restart: ['spool'] })
  expect((await show()).tag).toBe(tag)
  expect((await put({ ...config, budgets: [] }, { 'if-match': tag })).status).toBe(200)
  expect(await put(config, { 'if-match': tag })).toMatchObject({ status: 412 })
  expect((await show()).config.budgets).toEqual([])
})

test('without a file there is nowhere to write to', async () => {
  const { createConfigRoutes } = await import('../src/api/config.ts')
  const app = createConfigRoutes({ config: () => readConfig({}), reload: () => collector.reload() })
  expect((await app.request('/api/v1/config', { method: 'PUT', body: '{}' })).status).toBe(409)
})
