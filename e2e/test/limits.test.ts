/** Limits as a service has them: real SDKs, a real service, the real ledger. */
import { createServer, request, type Server } from 'node:http'
import Anthropic from '@anthropic-ai/sdk'
import { getRequestListener } from '@hono/node-server'
import { budgetExceeded, shutdown, withAttribution } from '@spanmeter/middleware'
import { spanmeter } from '@spanmeter/middleware/hono'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  type Biller,
  close,
  type LedgerServer,
  listen,
  readBody,
  startBiller,
  startLedger,
  urlOf,
} from '../limits-platform.ts'

const YAML = `
budgets:
  - id: tenant-month
    scope: { tenant: '*' }
    limit: 0.01
    period: { every: month, timezone: Europe/Berlin }
`
let biller: Biller
let ledger: LedgerServer
let service: Server
let url = ''

beforeAll(async () => {
  biller = await startBiller()
})
afterAll(() => biller.close())
beforeEach(async () => {
  biller.bodies = []
  biller.status = 200
  biller.usage = { input: 1000, output: 1000 }
  ledger = await startLedger(YAML)
  const app = new Hono()
  app.use(
    spanmeter({
      service: 'chat',
      endpoint: ledger.url,
      hosts: { [biller.host]: 'openai', [`localhost:${new URL(biller.url).port}`]: 'anthropic' },
      tenant: (c) => c.req.header('x-tenant-id'),
      limits: { refuseRequests: false, waitMs: 10_000 },
    }),
  )
  app.post('/openai', async (c) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${biller.url}/v1` })
    const answer = await client.chat.completions.create({
      model: 'gpt-4o-mini',
      max_tokens: 1000,
      messages: [{ role: 'user', content: 'Hi' }],
    })
    return c.json({ text: answer.choices[0]?.message.content ?? '' })
  })
  app.post('/anthropic', async (c) => {
    const client = new Anthropic({ apiKey: 'k', baseURL: biller.url.replace('127.0.0.1', 'localhost') })
    await client.messages.create({
      model: 'claude-3-5-haiku-latest',
      max_tokens: 4000,
      messages: [{ role: 'user', content: 'Hi' }],
    })
    return c.json({})
  })
  app.onError((error, c) => budgetExceeded(error)?.toResponse() ?? c.json({ error: error.message }, 500))
  service = await listen(createServer(getRequestListener(app.fetch)))
  url = urlOf(service)
})
afterEach(async () => {
  await shutdown()
  await close(service)
  await ledger.stop()
})

const ask = (tenant: string, path = '/openai') =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'x-tenant-id': tenant } })

it('refuses the call that would break the budget, before it is made, and once', async () => {
  // 1000 in and 1000 out of gpt-4o-mini are 0.00075 USD; what is set aside is a little less.
  const statuses: number[] = []
  for (let i = 0; i < 20; i++) statuses.push((await ask('acme')).status)
  const answered = statuses.filter((status) => status === 200).length
  expect(answered).toBe(13)
  expect(new Set(statuses.slice(13))).toEqual(new Set([402]))
  // Refusals were not tried again, and none of them reached the provider.
  expect(biller.bodies).toHaveLength(13)
  const refused = await ask('acme')
  expect(refused.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await refused.json()) as Record<string, unknown>
  expect(problem).toMatchObject({
    type: 'urn:spanmeter:problem:budget-exceeded',
    limit: '0.01',
    committed: '0.00975',
  })
  // Somebody else's budget is their own.
  expect((await ask('globex')).status).toBe(200)
})

it("is told through Anthropic's SDK too, which does not try again", async () => {
  // 4,000 tokens of output are 0.016 USD: more than the whole budget.
  const refused = await ask('acme', '/anthropic')
  expect(refused.status).toBe(402)
  expect(await refused.json()).toMatchObject({ code: 'request-exceeds-budget' })
  expect(biller.bodies).toHaveLength(0)
  const id = refused.headers.get('spanmeter-decision') ?? ''
  await expect
    .poll(() => ledger.decisions.get(id))
    .toMatchObject({ outcome: 'blocked', budget: 'tenant-month' })
})

it('answers a call of node:http in the place of the provider, which gets nothing of it', async () => {
  const call = async () => {
    const body = JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 1000, messages: [] })
    const { port } = new URL(biller.url)
    return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions' })
      outgoing.once('response', (response) => {
        void readBody(response).then((body) => resolve({ status: response.statusCode, body }), reject)
      })
      outgoing.once('error', reject)
      outgoing.setHeader('content-type', 'application/json')
      outgoing.setHeader('content-length', body.length)
      outgoing.write(body.slice(0, 10))
      outgoing.end(body.slice(10))
    })
  }
  const answers: Awaited<ReturnType<typeof call>>[] = []
  for (let i = 0; i < 15; i++) answers.push(await withAttribution({ tenant: 'http' }, call))
  expect(answers.map(({ status }) => status)).toEqual([...Array(13).fill(200), 402, 402])
  expect(budgetExceeded(answers[13])).toMatchObject({ code: 'budget-exceeded', status: 402 })
  expect(biller.bodies).toHaveLength(13)
  expect(JSON.parse(biller.bodies[0] ?? '')).toMatchObject({ model: 'gpt-4o-mini' })
})
