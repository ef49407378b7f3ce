/** Limits over every transport, with the clients that are in use: a refused call reaches no provider. */
import { createServer, type Server } from 'node:http'
import http2, { type Http2Server } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { budgetExceeded, install, shutdown, withAttribution } from '@spanmeter/middleware'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { viewOf } from '../../collector/src/budgets/view.ts'
import { type Sent, TRANSPORTS, type Transport } from '../../middleware/test/every-transport.ts'
import { registerHostTelemetry, spansEnded, takeSpans } from '../../middleware/test/local-provider.ts'
import { close, type LedgerServer, startLedger } from '../limits-platform.ts'

const YAML = `
budgets:
  - { id: month, scope: { tenant: '*' }, limit: 0.0015, period: month, limits: [{ for: { tenant: free }, limit: 9 }, { for: { tenant: thrifty }, limit: 9 }] }
  - { id: calls, scope: { tenant: free }, unit: calls, limit: 4, warnAt: 50, action: warn, period: month }
  - { id: cheap, scope: { tenant: thrifty }, unit: calls, limit: 1, action: downgrade, downgrade: { gpt-4o-mini: gpt-4.1-nano }, period: month }
`
/** 1000 in and 1000 out of gpt-4o-mini: 0.00075 USD, so that two fit. */
const ANSWER = JSON.stringify({
  ...{ id: 'c', object: 'chat.completion', model: 'gpt-4o-mini' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 },
})
const HEAD = { 'content-type': 'application/json' }
/** 1,000 tokens of output are 0.0006 USD. */
const BODY = JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 1000, messages: [] })

/** Where a request is still ours to write when its budgets have answered. */
const isWritable = ({ protocol }: Transport) => protocol === 'http/1.1'

let bodies: string[] = []
let one: Server
let two: Http2Server
const connections = new Set<Socket>()
let ledger: LedgerServer

beforeAll(async () => {
  registerHostTelemetry()
  const take = async (request: AsyncIterable<Buffer>) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    bodies.push(Buffer.concat(parts).toString())
  }
  one = createServer((request, response) => {
    void take(request).then(() => response.writeHead(200, HEAD).end(ANSWER))
  })
  two = http2.createServer().on('stream', (stream) => {
    void take(stream).then(() => {
      stream.respond({ ':status': 200, ...HEAD })
      stream.end(ANSWER)
    })
  })
  for (const server of [one, two]) {
    server.on('connection', (socket: Socket) => {
      connections.add(socket)
      socket.once('close', () => connections.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
})
afterAll(async () => {
  for (const socket of connections) socket.destroy()
  await Promise.all([close(one), new Promise((resolve) => two.close(resolve))])
})
const portOf = (server: Server | Http2Server) => (server.address() as AddressInfo).port
const rejections: unknown[] = []
const onRejection = (error: unknown) => void rejections.push(error)

beforeEach(async () => {
  bodies = []
  ledger = await startLedger(YAML)
  process.on('unhandledRejection', onRejection)
  install({
    service: 'chat',
    hosts: { [`127.0.0.1:${portOf(one)}`]: 'openai', [`127.0.0.1:${portOf(two)}`]: 'openai' },
    limits: { collector: ledger.url, waitMs: 10_000 },
  })
  takeSpans()
})
afterEach(async () => {
  await shutdown()
  await ledger.stop()
  process.off('unhandledRejection', onRejection)
  expect(rejections.splice(0)).toEqual([])
})

const sentTo = ({ protocol }: Transport, body = BODY): Sent => ({
  url: `http://127.0.0.1:${portOf(protocol === 'h2' ? two : one)}/v1/chat/completions`,
  method: 'POST',
  body,
})
const ask = (transport: Transport, tenant: string, body?: string) =>
  withAttribution({ tenant }, () => transport.call(sentTo(transport, body)))

/** What came instead of the answer: an error, or a body that says so. */
const refusalOf = (outcome: unknown) =>
  budgetExceeded(typeof outcome === 'string' ? { error: JSON.parse(outcome) } : outcome)

/** How the account stands once everything is told. */
async function account(budget: string, tenant: string) {
  await shutdown()
  const found = ledger.ledger.book.budget(budget)
  if (!found) throw new Error(`there is no budget ${budget}`)
  const subject = found.definition.scope.tenant === '*' ? { tenant } : {}
  return viewOf(ledger.ledger, ledger.ledger.peek(found, subject), Date.now())
}

describe.each(TRANSPORTS.map((transport) => [transport.name, transport] as const))(
  '%s',
  (_name, transport) => {
    it('makes the calls that fit, and settles them', async () => {
      for (let i = 0; i < 2; i++) expect(await ask(transport, 'acme')).toBe(ANSWER)
      expect(bodies).toEqual([BODY, BODY])
      expect(await account('month', 'acme')).toMatchObject({ committed: '0.0015', held: '0', leased: '0' })
    })

    it('refuses the call that does not fit, with leases in hand and without', async () => {
      await ask(transport, 'acme')
      await ask(transport, 'acme')
      for (const round of [1, 2, 3]) {
        const refused = refusalOf(await ask(transport, 'acme').catch((error: unknown) => error))
        expect(refused, `round ${round}`).toMatchObject({ code: 'budget-exceeded', status: 402 })
        expect(refused?.facts).toMatchObject({ budget: 'month', subject: { tenant: 'acme' } })
      }
      expect(bodies).toHaveLength(2)
      const spans = takeSpans().filter(({ name }) => name.startsWith('refuse_call'))
      expect(spans.map(({ attributes }) => attributes['spanmeter.budget.decision'])).toEqual(
        Array(3).fill('blocked'),
      )
      expect(await account('month', 'acme')).toMatchObject({ committed: '0.0015', held: '0', leased: '0' })
    })

    it('asks the cheaper model where it can write it into the request, and else refuses', async () => {
      await ask(transport, 'thrifty')
      const refused = refusalOf(await ask(transport, 'thrifty').catch((error: unknown) => error))
      const models = bodies.map((body) => JSON.parse(body).model)
      const [, second] = takeSpans().map(({ attributes }) => attributes)
      if (isWritable(transport)) {
        expect(models).toEqual(['gpt-4o-mini', 'gpt-4.1-nano'])
        expect(bodies[1]).toBe(BODY.replace('gpt-4o-mini', 'gpt-4.1-nano'))
        expect(second?.['gen_ai.request.model']).toBe('gpt-4.1-nano')
      } else expect([models, refused?.code]).toEqual([['gpt-4o-mini'], 'budget-exceeded'])
      expect(second?.['spanmeter.budget.decision']).toBe(isWritable(transport) ? 'downgraded' : 'blocked')
    })

    it('refuses its very first call, when nothing is known yet', async () => {
      const before = connections.size
      const large = JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 100_000, messages: [] })
      const refused = refusalOf(await ask(transport, 'acme', large).catch((error: unknown) => error))
      expect(refused).toMatchObject({ code: 'request-exceeds-budget', status: 402 })
      expect(bodies).toEqual([])
      await expect.poll(() => connections.size).toBeLessThanOrEqual(before)
      expect(await account('month', 'acme')).toMatchObject({ committed: '0', held: '0', leased: '0' })
    })

    it('sends a large body whole', async () => {
      const body = JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 10, pad: 'x'.repeat(3_000_000) })
      expect(await ask(transport, 'free', body)).toBe(ANSWER)
      expect(bodies).toEqual([body])
    })

    it('says on the span that a budget is nearly used up', async () => {
      for (let i = 0; i < 3; i++) {
        await ask(transport, 'free')
      }
      await account('calls', 'free')
      expect(takeSpans().map(({ attributes }) => attributes['spanmeter.budget.decision'])).toEqual([
        ...[undefined, undefined, 'warned'],
      ])
    })

    it('that is given up while it waits is not sent, and costs nothing', async () => {
      const asked = ledger.requests()
      let answer = () => {}
      ledger.hold(
        new Promise<void>((resolve) => {
          answer = resolve
        }),
      )
      const controller = new AbortController()
      const left = withAttribution({ tenant: 'acme' }, () =>
        transport.call({ ...sentTo(transport), signal: controller.signal }),
      )
      await expect.poll(() => ledger.requests()).toBeGreaterThan(asked)
      controller.abort()
      answer()
      await expect(left).rejects.toThrow()
      ledger.hold(Promise.resolve())
      const spans = await spansEnded(1)
      expect(await account('month', 'acme')).toMatchObject({ committed: '0', held: '0', leased: '0' })
      expect(bodies).toEqual([])
      expect(
        [...spans, ...takeSpans()].map(({ attributes }) => attributes['spanmeter.unpriced.reason']),
      ).toEqual(['failed'])
    })
  },
)
