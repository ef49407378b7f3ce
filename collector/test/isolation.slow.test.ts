/** Every route × role × tenant: nobody sees, sends or counts what is not theirs. Routes come from the document. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpanStatusCode } from '@opentelemetry/api'
import { dashboards } from '@spanmeter/dashboards'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createToken, type TokenPurpose } from '../src/access/token.ts'
import { type Collector, startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { call, protobuf } from './spans.ts'

const DAY = 86_400_000
/** Is in every name of the other tenant. */
const MARK = 'zebra'
/** Is in every amount that holds something of the other tenant. */
const AMOUNT = /77777/
const [OURS, THEIRS] = ['tenant-one', 'tenant-two']

/** One of everybody, and one that only the other tenant has. */
const BUDGETS = [
  { id: 'each', scope: { tenant: '*' }, limit: 100, period: { every: 'month' } },
  { id: 'theirs', scope: { tenant: THEIRS }, limit: 77777, period: { every: 'month' } },
]

const made = {
  one: createToken({ role: 'read', tenant: OURS }, 0),
  two: createToken({ role: 'read', tenant: THEIRS }, 0),
  all: createToken({ role: 'read' }, 0),
  nobody: createToken({ role: 'read', tenant: 'tenant-three' }, 0),
  sendOne: createToken({ role: 'ingest', tenant: OURS }, 0),
  sendTwo: createToken({ role: 'ingest', tenant: THEIRS }, 0),
  sendAll: createToken({ role: 'ingest' }, 0),
  admin: createToken({ role: 'admin' }, 0),
  expired: createToken({ role: 'admin', expiresAt: 1 } satisfies TokenPurpose, 0),
  revoked: createToken({ role: 'admin' }, 0),
}
type Name = keyof typeof made

/** Finds something about each of them. */
const RULE = { name: 'any-spend', kind: 'spend', usd: '0.000001', by: 'user', thresholds: [100] }

/** What waits for a Stripe that is not there. */
const STRIPE = {
  ...{ secretKey: 'sk_test', url: 'http://127.0.0.1:9', everySeconds: 1 },
  since: new Date(Date.now() - DAY).toISOString(),
  meters: [{ eventName: 'ai_calls', of: 'calls' }],
}

let dataDir: string
let collector: Collector
/** Addresses of GET routes, with all the ways to ask that the document lists. */
let addresses: string[]

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-isolation-'))
  const tokens = Object.entries(made).flatMap(([name, { kept }]) => (name === 'revoked' ? [] : [kept]))
  const config = readConfig(
    { SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir, SPANMETER_AUTH: 'tokens' },
    JSON.stringify({
      spool: { maxAgeMs: 20 },
      auth: { tokens },
      budgets: BUDGETS,
      alerts: { everySeconds: 5, rules: [RULE] },
      stripe: STRIPE,
    }),
  )
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
  await send('sendOne', 1, 'ours', 1_000_000, '1')
  await send('sendTwo', 21, MARK, 77_777, '0.077777')
  await send('sendOne', 41, 'ours', 1_000_000, '1')
  await send('sendTwo', 61, MARK, 0, '0', 2 * 3600)
  await vi.waitFor(async () => expect(await calls('all')).toBe(40), { timeout: 10_000, interval: 50 })
  await vi.waitFor(async () => expect((await ask('all', '/api/v1/alerts')).total).toBe(2), {
    ...{ timeout: 15_000, interval: 200 },
  })
  await vi.waitFor(async () => expect((await ask('all', '/api/v1/billing/sync')).total).toBe(1), {
    ...{ timeout: 15_000, interval: 200 },
  })
  addresses = [...(await documented()), ...panels()]
})
afterAll(async () => {
  await collector?.close()
  await rm(dataDir, { recursive: true, force: true })
})

const bearer = (name: Name) => ({ authorization: `Bearer ${made[name].text}` })
const get = (name: Name, path: string) => fetch(`${collector.url}${path}`, { headers: bearer(name) })
const ask = async (name: Name, path: string) => (await get(name, path)).json()

const calls = async (name: Name, more = ''): Promise<number> =>
  (await ask(name, `/api/v1/stats/light?period=last_30d${more}`)).calls

/** Ten calls, of which one fails, with a name in every attribute; each claims to be of the other tenant. */
async function send(
  name: Name,
  first: number,
  mark: string,
  tokens: number,
  cost: string,
  ago = 60,
): Promise<void> {
  const at = Math.floor(Date.now() / 1000) - ago
  const spans = Array.from({ length: 10 }, (_, index) => ({
    ...call(
      first + index,
      {
        'spanmeter.tenant.id': name === 'sendOne' ? THEIRS : OURS,
        'gen_ai.request.model': `model-${mark}`,
        'gen_ai.response.id': `response-${mark}`,
        'user.id': `user-${mark}`,
        'service.name': `service-${mark}`,
        'deployment.environment.name': `environment-${mark}`,
        'gen_ai.agent.id': `agent-${mark}`,
        'gen_ai.agent.name': `agent-${mark}`,
        'gen_ai.conversation.id': `conversation-${mark}`,
        'spanmeter.feature': `feature-${mark}`,
        'spanmeter.run.id': 'run-1',
        'spanmeter.run.name': `run-${mark}`,
        'spanmeter.run.status': 'running',
        'server.address': `${mark}.example`,
        'gen_ai.usage.input_tokens': tokens,
        'gen_ai.usage.output_tokens': tokens,
        // the last one has no cost
        ...(index < 9 && { 'gen_ai.usage.cost.amount': Number(cost) }),
        'error.type': `error-${mark}`,
        anything: mark,
      },
      at,
    ),
    status: { code: index < 9 ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
  }))
  const response = await fetch(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...bearer(name) },
    body: new Uint8Array(protobuf(spans)),
  })
  expect([response.status, await response.text()]).toEqual([200, ''])
}

interface Operation {
  parameters?: {
    name: string
    in: string
    required?: boolean
    schema: { enum?: string[]; items?: { enum?: string[] } }
  }[]
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}
const document = async (): Promise<Document> => ask('admin', '/openapi.json')

/** What a path or a required parameter is asked with: names that both tenants have, or that are theirs. */
const VALUES: Record<string, string> = {
  trace_id: `a${'15'.padStart(31, '0')}`,
  span_id: `b${'15'.padStart(15, '0')}`,
  provider: 'openai',
  model: 'gpt-5',
}
const idOf = (path: string) =>
  path.includes('/tenants/') ? THEIRS : path.includes('/budgets/') ? 'theirs' : 'run-1'

async function documented(): Promise<string[]> {
  const { paths } = await document()
  return Object.entries(paths).flatMap(([path, { get: operation }]) => {
    if (operation === undefined) return []
    const parameters = operation.parameters ?? []
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => VALUES[name] ?? idOf(path))
    const required = parameters
      .filter(({ in: where, required }) => where === 'query' && required)
      .map(({ name, schema }) => [name, VALUES[name] ?? schema.enum?.[0] ?? 'x'])
    const base = Object.fromEntries(required)
    // what is broken down and what is a file of its own; every other format is the same body once more
    const varied = { '/api/v1/usage/breakdown': 'by', '/api/v1/export': 'format' }[path]
    const ways = parameters
      .filter(({ name }) => name === varied)
      .flatMap(({ name, schema }) => (schema.enum ?? []).map((value) => ({ ...base, [name]: value })))
    return [base, ...ways].map((query) => `${filled}?${new URLSearchParams(query)}`)
  })
}

function panels(): string[] {
  const from = `from=${Date.now() - DAY}&to=${Date.now()}`
  return [
    '/api/v1/dashboards/status',
    ...dashboards.flatMap(({ uid, panels, variables }) => [
      ...panels.map(({ id }) => `/api/v1/dashboards/${uid}/panels/${id}/data?${from}`),
      ...variables.map(({ name }) => `/api/v1/dashboards/${uid}/variables/${name}/options?${from}`),
    ]),
  ]
}

/** The answer of an address; of a stream its first event. */
async function read(
  name: Name,
  path: string,
): Promise<{ status: number; text: string; rows: string | null }> {
  const leave = new AbortController()
  const response = await fetch(`${collector.url}${path}`, { headers: bearer(name), signal: leave.signal })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('latin1')
    if (text.includes('event: ')) break
  }
  leave.abort()
  return { status: response.status, text, rows: response.headers.get('x-total-count') }
}

test('the addresses are those of the document and of the dashboards', async () => {
  const { paths } = await document()
  expect(Object.keys(paths).length).toBeGreaterThan(20)
  expect(addresses.length).toBeGreaterThan(60)
})

test('a tenant sees nothing of another one, wherever it asks; who may see all does', async () => {
  const leaks: string[] = []
  let shown = 0
  const look = async (path: string): Promise<void> => {
    const [mine, all] = await Promise.all([read('one', path), read('all', path)])
    // what has an id may not be there
    const found = all.status < 400 || all.status === 404
    expect([path, mine.status < 500, found]).toEqual([path, true, true])
    if (mine.text.includes(MARK) || AMOUNT.test(mine.text)) leaks.push(`${path}: ${mine.text.slice(0, 300)}`)
    // what was not asked for by its name
    if (!path.includes(THEIRS) && mine.text.includes(THEIRS)) leaks.push(`${path}: names the tenant`)
    if (mine.rows !== null && Number(mine.rows) > 20) leaks.push(`${path}: ${mine.rows} rows`)
    // lists of tenants name them, whoever they are
    if (all.text.includes(MARK) || AMOUNT.test(all.text) || all.text.includes(THEIRS)) shown += 1
  }
  for (let at = 0; at < addresses.length; at += 2) await Promise.all(addresses.slice(at, at + 2).map(look))
  expect(leaks).toEqual([])
  // the marks are there to be seen: the others are counts, shares and times
  expect(shown).toBeGreaterThan(addresses.length / 2)
}, 120_000)

test('what a tenant sees is all of its own, though its spans said otherwise', async () => {
  const names = ['one', 'two', 'all', 'nobody'] as const
  expect(await Promise.all(names.map((name) => calls(name)))).toEqual([20, 20, 40, 0])
  // a filter narrows, it never widens
  expect([await calls('one', `&tenant_id=${THEIRS}`), await calls('two', `&tenant_id=${OURS}`)]).toEqual([
    0, 0,
  ])
})

test('the same question of two tenants has two answers, also from memory', async () => {
  const [panel = ''] = panels().filter((path) => path.includes('/panels/'))
  const path = panel.replace(/from=.*/, 'from=now-24h&to=now')
  const answers = await Promise.all((['all', 'one', 'two', 'all'] as const).map((name) => read(name, path)))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(3)
})

describe('roles', () => {
  const CALLERS: [Name | undefined, string][] = [
    [undefined, 'none'],
    ['expired', 'none'],
    ['revoked', 'none'],
    ['one', 'read'],
    ['all', 'read'],
    ['sendOne', 'ingest'],
    ['sendAll', 'ingest'],
    ['admin', 'admin'],
  ]
  const status = async (name: Name | undefined, path: string, method = 'GET') => {
    const response = await fetch(`${collector.url}${path}`, { method, headers: name ? bearer(name) : {} })
    const text = await response.text().catch(() => '')
    if (response.status === 401 || response.status === 403) {
      expect(text).not.toMatch(/tenant-(one|two)/)
      expect(text).not.toContain(MARK)
    }
    await response.body?.cancel().catch(() => {})
    return response.status
  }

  test('every address that answers asks for a token that may read', async () => {
    const paths = new Set(addresses.map((path) => path.split('?', 1)[0] as string))
    for (const path of [...paths, '/', '/openapi.json', '/favicon.svg']) {
      // that the others get an answer is what the tests above show
      const refused = CALLERS.filter(([, role]) => role === 'none' || role === 'ingest')
      const got = await Promise.all(refused.map(([name]) => status(name, path)))
      const expected = refused.map(([, role]) => (role === 'none' ? 401 : 403))
      expect([path, ...got]).toEqual([path, ...expected])
    }
    expect([await status('admin', '/openapi.json'), await status('admin', '/api/v1/dashboards')]).toEqual([
      200, 200,
    ])
  })

  test('what receives asks for one that may send; what changes something for an administrator', async () => {
    const { paths } = await document()
    const changes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'get')
        .map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')] as const),
    )
    for (const [name, role] of CALLERS) {
      for (const path of [
        '/v1/traces',
        '/api/public/otel/v1/traces',
        '/v1/usage',
        '/v1/metrics',
        '/v1/logs',
      ]) {
        const got = await status(name, path, 'POST')
        expect([path, name, got === 401 ? 'none' : got === 403 ? 'read' : 'ok']).toEqual([
          path,
          name,
          role === 'none' || role === 'read' ? role : 'ok',
        ])
      }
      for (const [method, path] of [
        ...changes,
        ['POST', '/api/v1/whatever'] as const,
        ['POST', '/api/v1/rerate'] as const,
        ['POST', '/api/v1/config/reload'] as const,
      ]) {
        const got = await status(name, path, method)
        const refused = got === 401 || got === 403
        if (role === 'none' || role === 'read') expect([path, name, refused]).toEqual([path, name, true])
        if (role === 'admin') expect([path, name, refused]).toEqual([path, name, false])
      }
    }
  })

  test('what is about the whole collector is not for a token of one tenant; probes are for everyone', async () => {
    expect(
      await Promise.all(
        (['all', 'admin', 'one', 'sendAll'] as const).map((name) => status(name, '/metrics')),
      ),
    ).toEqual([200, 200, 403, 403])
    const config = await Promise.all(
      (['all', 'one', 'admin'] as const).map((name) => status(name, '/api/v1/config')),
    )
    expect(config).toEqual([403, 403, 200])
    expect([await status(undefined, '/healthz'), await status(undefined, '/readyz')]).toEqual([200, 200])
    const counted = await (await get('admin', '/metrics')).text()
    for (const reason of ['no_token', 'bad_token', 'expired', 'role'])
      expect(counted).toMatch(new RegExp(`spanmeter_access_refused_total\\{reason="${reason}"\\} [1-9]`))
  })

  test('a browser is asked for the token and sends it as a password, as Langfuse does', async () => {
    const page = await fetch(`${collector.url}/`)
    expect([page.status, page.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic realm=/),
    ])
    await page.body?.cancel()
    const basic = (name: Name) => ({
      authorization: `Basic ${Buffer.from(`pk-lf-1:${made[name].text}`).toString('base64')}`,
    })
    const again = await fetch(`${collector.url}/`, { headers: basic('one') })
    expect(again.status).toBe(200)
    await again.body?.cancel()
    const langfuse = await fetch(`${collector.url}/api/public/otel/v1/traces`, {
      method: 'POST',
      headers: { ...basic('sendOne'), 'content-type': 'application/json' },
      body: '{}',
    })
    expect(langfuse.status).toBe(200)
  })
})
