/**
 * A Hono service that has its own OpenTelemetry: the middleware finds the registered tracer provider and
 * needs no endpoint. `npm run hono-chat -w examples`
 */

import Anthropic from '@anthropic-ai/sdk'
import { shutdown, spanmeter } from '@spanmeter/middleware/hono'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { customHosts } from '../assistant/custom-hosts.ts'
import { listen } from '../assistant/listen.ts'
import { createAssistant } from '../assistant/routes.ts'
import { telemetry } from './telemetry.ts'

const app = new Hono()
app.use(
  spanmeter({
    service: 'chat-api',
    tenant: (c) => c.req.header('x-tenant-id'),
    user: (c) => c.req.header('x-user-id'),
    conversation: (c) => c.req.header('x-conversation-id'),
    agent: 'support-assistant',
    feature: (c) => c.req.path.slice(1),
    hosts: customHosts(process.env),
  }),
)
app.route('/', createAssistant(new OpenAI(), new Anthropic()))

const server = await listen(app, Number(process.env.PORT ?? 3000))
console.log(`chat-api listening on ${server.url}`)

async function stop(): Promise<void> {
  await server.close()
  await shutdown()
  await telemetry.shutdown()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
