/** What a budget changes in a request before it is sent, and what stays as the host wrote it. */
import http, { createServer, type IncomingHttpHeaders, type RequestOptions, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { budgetExceeded, install, shutdown } from '@spanmeter/middleware'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TRANSPORTS } from '../../middleware/test/every-transport.ts'
import { registerHostTelemetry, takeSpans } from '../../middleware/test/local-provider.ts'
import { close, type LedgerServer, startLedger } from '../limits-platform.ts'

/** Is seen by its dispatcher only. */
const early = globalThis.fetch
const CHEAPER = `{ dear: cheap, "gemini-2.5-pro": gemini-2.5-flash, "amazon.nova-pro-v1:0": "amazon.nova-lite-v1:0" }`
const YAML = `budgets: [{ id: b, unit: calls, limit: 1, action: downgrade, downgrade: ${CHEAPER}, period: month }]`
const CAPPED = 'budgets: [{ id: b, unit: tokens, limit: 50000, period: month }]'
const CHAT = '/v1/chat/completions'
const DEAR = JSON.stringify({ model: 'dear', messages: [{ role: 'user', content: 'déjà vu' }] })
const CHEAP = DEAR.replace('dear', 'cheap')

interface Got {
  url: string
  body: string
  headers: IncomingHttpHeaders
}

let got: Got[]
let server: Server
let ledger: LedgerServer
let base: string

beforeAll(async () => {
  registerHostTelemetry()
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      got.push({ url: request.url ?? '', body: Buffer.concat(parts).toString(), headers: request.headers })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => close(server))
beforeEach(() => {
  got = []
})
afterEach(async () => {
  await shutdown()
  await ledger.stop()
})

async function start(provider: string, { yaml = YAML, injectMaxTokens = false } = {}): Promise<void> {
  ledger = await startLedger(yaml)
  install({
    hosts: { [new URL(base).host]: provider },
    limits: { collector: ledger.url, waitMs: 10_000, injectMaxTokens },
  })
  takeSpans()
}

/** Calls until the answer is complete. @param write sends the body @returns the status */
function overHttp(options: RequestOptions, write: (request: http.ClientRequest) => void, path = CHAT) {
  return new Promise<number | undefined>((resolve, reject) => {
    const request = http.request(base + path, { method: 'POST', ...options }, (response) =>
      response.resume().once('end', () => resolve(response.statusCode)),
    )
    request.once('error', reject)
    write(request)
  })
}

describe('a model in the address', () => {
  const CASES = [
    [
      'gcp.gemini',
      '/v1beta/models/gemini-2.5-pro:generateContent?alt=json',
      'gemini-2.5-pro',
      'gemini-2.5-flash',
    ],
    ['azure.ai.openai', '/openai/deployments/dear/chat/completions?api-version=2024-10-21', 'dear', 'cheap'],
    [
      'aws.bedrock',
      '/model/amazon.nova-pro-v1%3A0/converse',
      'amazon.nova-pro-v1%3A0',
      'amazon.nova-lite-v1%3A0',
    ],
  ] as const
  const ways = TRANSPORTS.filter(({ protocol }) => protocol === 'http/1.1')

  it.each(CASES.flatMap((one) => ways.map((way) => [...one, way.name, way] as const)))(
    'of %s (%s) is replaced: %s by %s, over %s',
    async (provider, path, dear, cheap, _name, { call }) => {
      await start(provider)
      const body = '{"contents":[]}'
      for (let calls = 0; calls < 2; calls++) await call({ url: base + path, method: 'POST', body })
      expect(got.map(({ url }) => url)).toEqual([path, path.replace(dear, cheap)])
      expect(got.map((one) => one.body)).toEqual([body, body])
      const [first, second] = takeSpans().map(({ attributes }) => attributes)
      expect(first?.['gen_ai.request.model']).toBe(decodeURIComponent(dear))
      expect(second?.['gen_ai.request.model']).toBe(decodeURIComponent(cheap))
      expect(second?.['spanmeter.budget.decision']).toBe('downgraded')
    },
  )

  it('is left alone where the body names another one', async () => {
    await start('azure.ai.openai')
    const send = async () =>
      (await fetch(`${base}/openai/deployments/prod/chat/completions`, { method: 'POST', body: DEAR })).status
    expect([await send(), await send()]).toEqual([200, 402])
  })
})

describe('what is signed, compressed or no JSON', () => {
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request' }

  it.each([
    ['signed by AWS', signed, DEAR],
    ['sealed by its digest', { 'content-digest': 'sha-256=:x:' }, DEAR],
    ['compressed', { 'content-encoding': 'gzip' }, DEAR],
    ['no JSON', {}, 'model=dear'],
  ] as const)('stays as it is, and is refused: %s', async (_name, headers, body) => {
    await start('openai')
    // what the budget has is spent on another call
    await fetch(base + CHAT, { method: 'POST', body: DEAR })
    const init = { method: 'POST', headers, body }
    expect((await fetch(base + CHAT, init)).status).toBe(402)
    expect(await overHttp({ headers }, (request) => request.end(body))).toBe(402)
    expect((await early(base + CHAT, init)).status).toBe(402)
    expect(got).toHaveLength(1)
  })

  it('has the name in its address replaced, unless it is signed', async () => {
    await start('aws.bedrock')
    const send = async (headers: Record<string, string>) =>
      (await fetch(`${base}/model/dear/converse`, { method: 'POST', headers, body: 'no JSON' })).status
    expect([await send({}), await send({}), await send(signed)]).toEqual([200, 200, 402])
    expect(got.map(({ url, body }) => [url, body])).toEqual([
      ['/model/dear/converse', 'no JSON'],
      ['/model/cheap/converse', 'no JSON'],
    ])
  })

  it('has no size of its answer written into it', async () => {
    await start('openai', { yaml: CAPPED, injectMaxTokens: true })
    await fetch(base + CHAT, { method: 'POST', headers: signed, body: DEAR })
    expect(got[0]?.body).toBe(DEAR)
    expect(takeSpans()[0]?.attributes).not.toHaveProperty(['spanmeter.budget.max_output_tokens'])
  })
})

describe('over `node:http`', () => {
  const length = String(Buffer.byteLength(DEAR))
  const WAYS: [string, RequestOptions, (request: http.ClientRequest) => void][] = [
    ['one end()', {}, (request) => request.end(DEAR)],
    ['write() and end()', {}, (request) => request.write(DEAR.slice(0, 9)) && request.end(DEAR.slice(9))],
    [
      'pieces within a letter, and later',
      { headers: { 'Content-Length': length } },
      (request) => {
        const at = Buffer.from(DEAR).indexOf('é') + 1
        request.write(Buffer.from(DEAR).subarray(0, at))
        setImmediate(() => request.end(Buffer.from(DEAR).subarray(at)))
      },
    ],
    [
      'a length that is said',
      { headers: { 'Content-Length': length } },
      (request) => request.end(DEAR, 'utf8'),
    ],
    ['chunks', { headers: { 'transfer-encoding': 'chunked' } }, (request) => request.end(DEAR)],
  ]

  it.each(WAYS)('a body is written anew with its length: %s', async (_name, options, write) => {
    await start('openai')
    for (let calls = 0; calls < 2; calls++) expect(await overHttp(options, write)).toBe(200)
    expect(got.map(({ body }) => body)).toEqual([DEAR, CHEAP])
    const said = got[1]?.headers['content-length']
    if (said !== undefined) expect(said).toBe(String(Buffer.byteLength(CHEAP)))
    else expect(got[1]?.headers['transfer-encoding']).toBe('chunked')
  })

  it('calls back whoever waits for the end, once', async () => {
    await start('openai')
    let ended = 0
    for (let calls = 0; calls < 2; calls++) await overHttp({}, (request) => request.end(DEAR, () => ended++))
    expect(ended).toBe(2)
  })

  it('is refused where its headers are out already', async () => {
    await start('openai')
    await overHttp({}, (request) => request.end(DEAR))
    const status = await overHttp({ headers: { 'content-length': length } }, (request) => {
      request.flushHeaders()
      request.end(DEAR)
    })
    expect(status).toBe(402)
    // a list of headers is written when the request is made
    const host = ['host', new URL(base).host]
    const listed = { headers: [...host, 'content-length', length] } as RequestOptions
    expect(await overHttp(listed, (request) => request.end(DEAR))).toBe(402)
    expect(got.filter(({ body }) => body !== '')).toHaveLength(1)
  })
})

it.each(TRANSPORTS.map((transport) => [transport.name, transport] as const))(
  'the size of an answer is written into a call of %s where it can be',
  async (_name, { call, protocol }) => {
    await start('openai', { yaml: CAPPED, injectMaxTokens: true })
    if (protocol === 'h2') return
    await call({ url: base + CHAT, method: 'POST', body: DEAR })
    expect(JSON.parse(got[0]?.body ?? '')).toEqual({ ...JSON.parse(DEAR), max_completion_tokens: 4096 })
    expect(takeSpans()[0]?.attributes['spanmeter.budget.max_output_tokens']).toBe(4096)
  },
)

it('a refusal says why, as ever', async () => {
  await start('openai')
  await fetch(base + CHAT, { method: 'POST', body: DEAR })
  const other = await fetch(base + CHAT, { method: 'POST', body: DEAR.replace('dear', 'unnamed') })
  expect(budgetExceeded({ error: await other.json() })?.code).toBe('budget-exceeded')
})
