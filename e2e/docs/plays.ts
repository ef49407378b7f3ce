/**
 * What a user would do with each piece of code: what stands around it, and what has to come of it.
 *
 * Invariant: only addresses are changed in the code itself, and what stands there for something left out.
 */

/** How a piece of TypeScript is used. */
export interface Play {
  /** Lines before and after it. */
  before?: string
  after?: string
  /** What it is left out for. */
  replace?: readonly (readonly [from: string | RegExp, to: string])[]
  env?: Readonly<Record<string, string>>
  /** Priced calls that have to be stored, each with its tenant and cost; a cost of `any` is the provider's. */
  calls?: readonly (readonly [tenant: string, cost: string])[]
  /** Names of spans that have to arrive, with the tenant of each. */
  spans?: readonly (readonly [name: string, tenant: string | undefined])[]
}

const HONO = "import { Hono } from 'hono'\nconst app = new Hono()\n"
const QUESTION = "{ model: 'gpt-5.4-mini', messages: [{ role: 'user', content: 'Hi.' }] }"
const CALLER = "{ 'x-tenant-id': 'acme', 'x-user-id': 'u1', 'x-conversation-id': 'c1' }"
const SHUTDOWN = "\nawait (await import('@spanmeter/middleware')).shutdown()\n"
const ASK = `
app.post('/ask', async (c) => {
  const { OpenAI } = await import('openai')
  return c.json(await new OpenAI().chat.completions.create(${QUESTION}))
})
const answer = await app.request('/ask', { method: 'POST', headers: ${CALLER} })
if (answer.status !== 200) throw new Error(await answer.text())
${SHUTDOWN}`
const VISIT = `
for (let i = 0; ; i++) {
  try {
    await fetch('http://127.0.0.1:3000/chats/7', { headers: ${CALLER} })
    break
  } catch (error) {
    if (i > 200) throw error
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
${SHUTDOWN}
process.exit()
`
const STOP = "\nserver.listen(0, () => process.kill(process.pid, 'SIGTERM'))\n"
const INSTALL = `import { install } from '@spanmeter/middleware'
install({ service: 'jobs', endpoint: 'http://127.0.0.1:4318' })
`
const ONE_CALL = [['acme', 'any']] as const

/** By the snippet's name; of other languages: `commands.ts`. */
export const PLAYS: Readonly<Record<string, Play>> = {
  'README: Spanmeter': { before: HONO, after: ASK, calls: ONE_CALL },
  'getting-started: 2. Add the middleware (2)': { after: ASK, calls: ONE_CALL },
  'getting-started: If your service already has OpenTelemetry (2)': {
    before: "import { spanmeter } from '@spanmeter/middleware/hono'\nimport { Hono } from 'hono'\n",
    after: `
const app = new Hono()
app.use(spanmeter({ service: 'chat-api', tenant: (c) => c.req.header('x-tenant-id') }))
${ASK}
process.exit()`,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    },
    calls: ONE_CALL,
  },
  'getting-started: Several providers': {
    before: "import { install } from '@spanmeter/middleware'\ninstall({\n",
    after: `})${SHUTDOWN}`,
  },
  'getting-started: 5. Stop politely': {
    before: "import { createServer } from 'node:http'\nconst server = createServer()\n",
    after: STOP,
  },
  'getting-started: Where there is no Node': {
    before: "import OpenAI from 'openai'\n",
    replace: [
      ['export default', 'const worker ='],
      ['…', `return Response.json(await openai.chat.completions.create(${QUESTION}))`],
      ['https://collector.example', 'http://127.0.0.1:4318'],
    ],
    after: `
const kept: Promise<unknown>[] = []
const ctx = { waitUntil: (one: Promise<unknown>) => void kept.push(one) }
const request = new Request('https://worker.example/', { headers: ${CALLER} })
const answer = await worker.fetch(request, { OPENAI_API_KEY: 'sk-local' }, ctx)
await answer.text()
await Promise.all(kept)
`,
    calls: ONE_CALL,
  },
  'frameworks: Hono': {
    after: `\nawait (await app.request('/chats/7', { headers: ${CALLER} })).text()${SHUTDOWN}`,
    spans: [['GET /chats/:id', 'acme']],
  },
  'frameworks: Express': { after: VISIT, spans: [['GET /chats/:id', 'acme']] },
  'frameworks: Fastify': { after: VISIT, spans: [['GET /chats/:id', 'acme']] },
  'frameworks: Koa': { after: VISIT, spans: [['GET', 'acme']] },
  'frameworks: NestJS': { after: VISIT, spans: [['GET', 'acme']] },
  'frameworks: Next.js': { after: `\nawait register()${SHUTDOWN}`, env: { NEXT_RUNTIME: 'nodejs' } },
  'frameworks: Next.js (2)': {
    before: `import { registerSpanmeter } from '@spanmeter/middleware/nextjs'
registerSpanmeter({
  service: 'shop',
  endpoint: 'http://127.0.0.1:4318',
  tenant: (request) => request.headers.get('x-tenant-id') ?? undefined,
})
`,
    after: `
const request = new Request('http://shop.example/api/chats/7', { method: 'POST', headers: ${CALLER} })
await (await POST(request, { params: Promise.resolve({ id: '7' }) })).text()
${SHUTDOWN}`,
    spans: [['POST /api/chats/[id]', 'acme']],
  },
  'frameworks: node:http': { after: VISIT, spans: [['GET', 'acme']] },
  'frameworks: Jobs, queues, scripts': { calls: ONE_CALL },
  'frameworks: When the service stops': { after: STOP },
  'paid-apis: What it costs': {
    before: `import { spanmeter } from '@spanmeter/middleware/hono'\n${HONO}`,
    after: SHUTDOWN,
  },
  'paid-apis: Any other API, in one row': {
    before: `import { spanmeter } from '@spanmeter/middleware/hono'\n${HONO}`,
    replace: [
      ["service: 'support',", "service: 'support', tenant: 'acme', endpoint: 'http://127.0.0.1:4318',"],
      [/api\.example\.com|api\.scores\.example/g, 'PAID_API'],
    ],
    after: `
app.get('/', async (c) => {
  await (await fetch('http://PAID_API/v1/lookup', { method: 'POST', body: '{}' })).text()
  await (await fetch('http://PAID_API/v1/users/7/score')).text()
  return c.text('')
})
await app.request('/')
${SHUTDOWN}`,
    calls: [
      ['acme', '0.002'],
      ['acme', '0.3'],
    ],
  },
  'meters: Meters: whatever is paid and is no HTTP call': {
    after: SHUTDOWN,
    calls: [
      ['acme', '0.042'],
      ['', '0.05'],
      ['', '0.3'],
      ['', '0.08'],
    ],
  },
  'meters: Runs: jobs with a beginning and an end': {
    before: `${INSTALL}
const readCommits = async () => ['a', 'b']
const summarise = (commits: string[]) => commits.length
const importRows = async () => {}
const config = { depth: 2 }
const row = { id: 'row_1' }
const { signal } = new AbortController()
`,
    after: SHUTDOWN,
    spans: [
      ['run nightly-report', 'acme'],
      ['run import', 'acme'],
    ],
  },
  'meters: Metrics': {
    before: `${INSTALL}
import createExpress from 'express'
import { Hono } from 'hono'
const express = createExpress()
const hono = new Hono()
`,
    after: `
const answer = await hono.request('/metrics')
if (!(await answer.text()).includes('spanmeter_spans_dropped')) throw new Error('no metrics')
${SHUTDOWN}`,
  },
}
