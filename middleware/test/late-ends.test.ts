/** Calls of a service without OpenTelemetry are worked out together: none is missed by whoever looks, or by a job. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { flush, install, shutdown } from '../src/index.ts'
import { metricsText } from '../src/prometheus.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { counters } from '../src/telemetry/counters.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'
import { type LocalServer, serve } from './local-provider.ts'

/** Every answer reports one token more. */
let tokens = 0
function completion(): string {
  tokens++
  return JSON.stringify({
    id: `chatcmpl-${tokens}`,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: tokens, completion_tokens: 3, total_tokens: tokens + 3 },
  })
}
const bare = globalThis.fetch
let provider: LocalServer
let receiver: Awaited<ReturnType<typeof receiveOtlp>>

beforeAll(async () => {
  provider = await serve((request, response) => {
    const batch = {
      id: 'batch_1',
      object: 'batch',
      status: request.method === 'GET' ? 'failed' : 'validating',
    }
    const answer = request.url?.startsWith('/v1/batches') ? JSON.stringify(batch) : completion()
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  receiver = await receiveOtlp()
  install({ endpoint: receiver.url, hosts: { [provider.host]: 'openai' } })
})
afterEach(async () => {
  await flush()
  receiver.spans.length = 0
})
afterAll(async () => {
  await shutdown()
  globalThis.fetch = bare
  await Promise.all([provider.close(), receiver.close()])
})

async function chat(): Promise<void> {
  const body = '{"model":"gpt-4o-mini"}'
  await (await fetch(`${provider.url}/v1/chat/completions`, { method: 'POST', body })).text()
}
const counted = () => [...counters().calls.values()].reduce((sum, calls) => sum + calls, 0)

it('shows a call in the metrics as soon as it is over', async () => {
  const before = counted()
  await chat()
  expect(counted()).toBe(before)
  const { body } = await metricsText()
  expect(counted()).toBe(before + 1)
  expect(body).toMatch(new RegExp(`^spanmeter_calls_total\\{.*"openai".*\\} ${before + 1}$`, 'm'))
})

it('sends all of them when asked to, in the order in which they ended', async () => {
  const first = tokens + 1
  for (let call = 0; call < 5; call++) await chat()
  await flush()
  const seen = receiver.spans.map(({ attributes }) => Number(attributes[ATTR.inputTokens]))
  expect(seen).toEqual([0, 1, 2, 3, 4].map((call) => first + call))
  const numbers = receiver.spans.map(({ attributes }) => Number(attributes[ATTR.spanNumber]))
  expect(numbers.map((number) => number - (numbers[0] ?? 0))).toEqual([0, 1, 2, 3, 4])
})

it('lets none wait long, and few at a time', async () => {
  const before = counted()
  for (let call = 0; call < 40; call++) await chat()
  expect(counted()).toBeGreaterThanOrEqual(before + 40 - 31)
  while (counted() < before + 40) await delay(5)
  await chat()
  while (counted() < before + 41) await delay(5)
})

it('knows the job that a call began when the next call asks for it', async () => {
  await (await fetch(`${provider.url}/v1/batches`, { method: 'POST', body: '{}' })).text()
  await (await fetch(`${provider.url}/v1/batches/batch_1`)).text()
  await flush()
  const operations = receiver.spans.map(({ attributes }) => attributes[ATTR.operation])
  expect(operations[0]).toBe('submit_job')
})
