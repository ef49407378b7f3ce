/**
 * A Hono service without any OpenTelemetry of its own: it names the collector and is done.
 * `npm run hono-endpoint -w examples`
 */
import Anthropic from '@anthropic-ai/sdk'
import { shutdown, spanmeter } from '@spanmeter/middleware/hono'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { customHosts } from '../assistant/custom-hosts.ts'
import { listen } from '../assistant/listen.ts'
import { createAssistant } from '../assistant/routes.ts'

const app = new Hono()
app.use(
  spanmeter({
    service: 'docs-api',
    endpoint: process.env.SPANMETER_ENDPOINT ?? 'http://127.0.0.1:4318',
    tenant: (c) => c.req.header('x-tenant-id'),
    user: (c) => c.req.header('x-user-id'),
    conversation: (c) => c.req.header('x-conversation-id'),
    agent: 'docs-assistant',
    feature: (c) => c.req.path.slice(1),
    hosts: customHosts(process.env),
  }),
)
app.route('/', createAssistant(new OpenAI(), new Anthropic()))

const server = await listen(app, Number(process.env.PORT ?? 3001))
console.log(`docs-api listening on ${server.url}`)

async function stop(): Promise<void> {
  await server.close()
  await shutdown()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
