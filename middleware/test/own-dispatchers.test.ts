/** Clients of undici that go through a dispatcher of their own, and never through the global one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { flush, install, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type LocalServer, registerHostTelemetry, serve, takeSpans } from './local-provider.ts'

const ANSWER = JSON.stringify({
  ...{ id: 'c', object: 'chat.completion', model: 'gpt-4o-mini' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 },
})
const COST = '0.00075'
const ASK = { method: 'POST' as const, body: '{"model":"gpt-4o-mini","messages":[]}' }
const PATH = '/v1/chat/completions'

let server: LocalServer
let status = 200
const folder = mkdtempSync(join(tmpdir(), 'own-dispatchers-'))
const bundles = new Map<string, typeof undici7>()

/** undici as it is in an application that was bundled: nobody can find it. */
async function bundled(name: 'undici6' | 'undici7'): Promise<typeof undici7> {
  const outfile = join(folder, `${name}.cjs`)
  await build({
    stdin: { contents: `module.exports = require('${name}')`, resolveDir: import.meta.dirname },
    ...{ bundle: true, platform: 'node', format: 'cjs', outfile, logLevel: 'silent' },
  })
  return (await import(pathToFileURL(outfile).href)).default
}

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(status === 200 ? ANSWER : '{"error":{"code":"overloaded"}}')
  })
  for (const name of ['undici6', 'undici7'] as const) bundles.set(name, await bundled(name))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  status = 200
  takeSpans()
})
afterEach(() => shutdown())

const setUp = () => install({ tenant: 'acme', hosts: { [server.host]: 'openai' } })

/** What the spans of so many calls are to be. */
async function expectSpans(count: number): Promise<void> {
  await flush()
  const seen = takeSpans().map(({ name, attributes }) => [name, attributes[ATTR.costExact]])
  expect(seen).toEqual(Array(count).fill(['chat gpt-4o-mini', COST]))
}

/** undici 6 and 7 have the same names for what is used here. */
type Undici = typeof undici7
interface Closed {
  close(): Promise<void>
}
type Way = [
  name: string,
  make: (undici: Undici) => Closed,
  call: (undici: Undici, own: never) => Promise<string>,
]

const WAYS: Way[] = [
  [
    'request() with an Agent',
    (undici) => new undici.Agent(),
    async (undici, dispatcher) =>
      (await undici.request(`${server.url}${PATH}`, { ...ASK, dispatcher })).body.text(),
  ],
  [
    'fetch() with an Agent',
    (undici) => new undici.Agent(),
    async (undici, dispatcher) => (await undici.fetch(`${server.url}${PATH}`, { ...ASK, dispatcher })).text(),
  ],
  [
    "the runtime's fetch() with an Agent",
    (undici) => new undici.Agent(),
    async (_undici, dispatcher) =>
      (await fetch(`${server.url}${PATH}`, { ...ASK, dispatcher } as RequestInit)).text(),
  ],
  [
    'a Pool',
    (undici) => new undici.Pool(server.url),
    async (_undici, pool: undici7.Pool) => (await pool.request({ ...ASK, path: PATH })).body.text(),
  ],
  [
    'a Client',
    (undici) => new undici.Client(server.url),
    async (_undici, client: undici7.Client) => (await client.request({ ...ASK, path: PATH })).body.text(),
  ],
  [
    'an Agent composed with an interceptor',
    (undici) => new undici.Agent().compose((dispatch) => (options, handler) => dispatch(options, handler)),
    async (undici, dispatcher) =>
      (await undici.request(`${server.url}${PATH}`, { ...ASK, dispatcher })).body.text(),
  ],
  [
    'a RetryAgent',
    (undici) => new undici.RetryAgent(new undici.Agent()),
    async (undici, dispatcher) =>
      (await undici.request(`${server.url}${PATH}`, { ...ASK, dispatcher })).body.text(),
  ],
]

describe.each([
  ['undici 6', () => undici6 as unknown as Undici],
  ['undici 7', () => undici7],
  ['undici 6 in a bundle', () => bundles.get('undici6') as Undici],
  ['undici 7 in a bundle', () => bundles.get('undici7') as Undici],
])('%s', (_name, load) => {
  for (const [way, make, call] of WAYS) {
    for (const early of [true, false]) {
      it(`is counted once by ${way}, made ${early ? 'before' : 'after'} the installation`, async () => {
        const undici = load()
        if (!early) setUp()
        const own = make(undici)
        if (early) setUp()
        try {
          for (let round = 0; round < 3; round++) expect(await call(undici, own as never)).toBe(ANSWER)
          await expectSpans(3)
        } finally {
          await own.close()
        }
      })
    }
  }

  it('is counted once where few connections make calls wait, globally and not', async () => {
    const undici = load()
    const before = undici.getGlobalDispatcher()
    const own = new undici.Agent({ connections: 1 })
    undici.setGlobalDispatcher(new undici.Agent({ connections: 1 }))
    setUp()
    try {
      const texts = await Promise.all(
        Array.from({ length: 24 }, async (_, at) => {
          const through = at % 2 === 0 ? { dispatcher: own } : {}
          if (at % 3 === 0) return (await undici.fetch(`${server.url}${PATH}`, { ...ASK, ...through })).text()
          return (await undici.request(`${server.url}${PATH}`, { ...ASK, ...through })).body.text()
        }),
      )
      expect(new Set(texts)).toEqual(new Set([ANSWER]))
      await expectSpans(24)
    } finally {
      await shutdown()
      undici.setGlobalDispatcher(before)
      await own.close()
    }
  })

  it('is left alone once metering has ended, and where it is not metered', async () => {
    const undici = load()
    const own = new undici.Agent()
    try {
      setUp()
      await shutdown()
      install({ hosts: {} })
      const { body } = await undici.request(`${server.url}${PATH}`, { ...ASK, dispatcher: own })
      expect(await body.text()).toBe(ANSWER)
      await expectSpans(0)
      // @ts-expect-error what undici refuses stays what it refuses
      expect(() => own.dispatch(undefined, undefined)).toThrow(/handler/)
    } finally {
      await own.close()
    }
  })
})

it('finds a copy that is loaded later, at the latest by its first request', async () => {
  setUp()
  const require = createRequire(import.meta.url)
  const before = { ...require.cache }
  const files = Object.keys(require.cache).filter((file) => /[\\/]undici7[\\/]/.test(file))
  expect(files.length).toBeGreaterThan(10)
  for (const file of files) delete require.cache[file]
  const later: Undici = require('undici7')
  const own = new later.Agent()
  try {
    expect(later.Agent).not.toBe(undici7.Agent)
    for (let round = 0; round < 2; round++) {
      const { body } = await later.request(`${server.url}${PATH}`, { ...ASK, dispatcher: own })
      expect(await body.text()).toBe(ANSWER)
      expect(own.dispatch.name).toBe('dispatchMetered')
    }
    await expectSpans(2)
  } finally {
    await own.close()
    Object.assign(require.cache, before)
  }
})

it('counts every attempt of a dispatcher that tries again', async () => {
  setUp()
  const own = new undici7.RetryAgent(new undici7.Agent(), { minTimeout: 1, maxRetries: 2, methods: ['POST'] })
  try {
    status = 503
    await undici7.request(`${server.url}${PATH}`, { ...ASK, dispatcher: own }).catch(() => {})
    await flush()
    expect(takeSpans().map(({ attributes }) => attributes[ATTR.httpStatusCode])).toEqual([503, 503, 503])
  } finally {
    await own.close()
  }
})

it('counts what a MockAgent answers, as the host would count it', async () => {
  setUp()
  const mock = new undici7.MockAgent()
  mock.disableNetConnect()
  const headers = { 'content-type': 'application/json' }
  mock.get(server.url).intercept({ path: PATH, method: 'POST' }).reply(200, ANSWER, { headers }).times(2)
  try {
    const { body } = await undici7.request(`${server.url}${PATH}`, { ...ASK, dispatcher: mock })
    expect(await body.text()).toBe(ANSWER)
    const fetched = await undici7.fetch(`${server.url}${PATH}`, { ...ASK, dispatcher: mock })
    expect(await fetched.text()).toBe(ANSWER)
    await expectSpans(2)
  } finally {
    await mock.close()
  }
})
