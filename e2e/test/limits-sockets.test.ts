/** Limits over WebSockets: what a budget refuses is not asked for, and the connection says why it closes. */
import { budgetExceeded, install, shutdown, withAttribution } from '@spanmeter/middleware'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { viewOf } from '../../collector/src/budgets/view.ts'
import { registerHostTelemetry, spansEnded, takeSpans } from '../../middleware/test/local-provider.ts'
import { SOCKET_CLIENTS, type SocketClient } from '../../middleware/test/socket-clients.ts'
import { type SocketServer, serveSockets } from '../../middleware/test/socket-server.ts'
import { type LedgerServer, startLedger } from '../limits-platform.ts'

/** A response that says no size holds 4,096 tokens. */
const YAML = `budgets: [{ id: tokens, unit: tokens, scope: { tenant: '*' }, limit: 5000, period: month }]`
const CREATE = JSON.stringify({ type: 'response.create' })
const created = (id: string) => JSON.stringify({ type: 'response.created', response: { id } })
const done = (id: string) => {
  const usage = { total_tokens: 4000, input_tokens: 1000, output_tokens: 3000 }
  return JSON.stringify({ type: 'response.done', response: { id, status: 'completed', usage } })
}

let server: SocketServer
let ledger: LedgerServer

beforeAll(async () => {
  registerHostTelemetry()
  server = await serveSockets()
})
afterAll(() => server.close())
beforeEach(async () => {
  server.heard = []
  server.opened = 0
  ledger = await startLedger(YAML)
  install({ hosts: { [server.host]: 'openai' }, limits: { collector: ledger.url, waitMs: 10_000 } })
  takeSpans()
})
afterEach(async () => {
  await shutdown()
  await ledger.stop()
})

interface Session {
  client: SocketClient
  got: string[]
  errors: unknown[]
  closed: Promise<{ code: number | undefined; reason: string | undefined }>
}

function open(make: (url: string) => SocketClient): Promise<Session> {
  return withAttribution({ tenant: 'acme' }, () => {
    const client = make(`ws://${server.host}/v1/realtime?model=gpt-realtime`)
    const got: string[] = []
    const errors: unknown[] = []
    client.addEventListener('message', ({ data }) => void got.push(String(data)))
    client.addEventListener('error', ({ error }) => void errors.push(error))
    const closed = new Promise<{ code: number | undefined; reason: string | undefined }>((resolve) => {
      client.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
    const session = { client, got, errors, closed }
    return new Promise<Session>((resolve) => {
      client.addEventListener('open', () => resolve(session))
      client.addEventListener('error', () => resolve(session))
    })
  })
}

async function account() {
  await shutdown()
  const budget = ledger.ledger.book.budget('tokens')
  if (!budget) throw new Error('there is no budget')
  return viewOf(ledger.ledger, ledger.ledger.peek(budget, { tenant: 'acme' }), Date.now())
}

describe.each(SOCKET_CLIENTS)('%s', (name, make) => {
  it('may ask as long as there is room; what does not fit is not sent, and the connection closes', async () => {
    server.talk = (socket, message) => {
      if (message !== CREATE) return
      const id = `r${server.heard.length}`
      socket.send(created(id))
      socket.send(done(id))
    }
    const { client, got, closed } = await open(make)
    client.send(CREATE)
    await expect.poll(() => got).toEqual([created('r1'), done('r1')])
    client.send('{"type":"session.update"}')
    client.send(CREATE)
    const { code, reason } = await closed
    expect(code).toBe(1008)
    expect(reason).toMatch(/^budget-exceeded \(decision [0-9a-f-]{36}\)$/)
    expect(server.heard).toEqual([CREATE, '{"type":"session.update"}'])
    await expect.poll(() => server.connected()).toBe(0)
    const decisions = (await spansEnded(2)).map((span) => span.attributes['spanmeter.budget.decision'])
    expect(decisions).toEqual([undefined, 'blocked'])
    expect(await account()).toMatchObject({ committed: '4000', held: '0', leased: '0' })
  })

  it('closes what the provider begins unasked once there is no room, after whole messages', async () => {
    const large = JSON.stringify({ type: 'response.output_text.delta', delta: 'x'.repeat(200_000) })
    const all = ['r1', 'r2', 'r3', 'r4'].flatMap((id) => [created(id), large, done(id)])
    server.talk = (socket) => {
      for (const text of all) socket.send(text)
    }
    const { client, got, closed } = await open(make)
    client.send('{"type":"input_audio_buffer.append"}')
    expect(await closed).toMatchObject({ code: 1008 })
    expect(got).toEqual(all.slice(0, got.length))
    expect(got.length).toBeGreaterThan(3)
    await expect.poll(() => server.connected()).toBe(0)
    expect(await account()).toMatchObject({ held: '0', leased: '0' })
  })

  it('is not opened once the budget is used up', async () => {
    server.talk = (socket) => {
      for (const id of ['r1', 'r2']) for (const text of [created(id), done(id)]) socket.send(text)
    }
    const first = await open(make)
    first.client.send('{"type":"input_audio_buffer.append"}')
    await first.closed
    const opened = server.opened
    const { errors } = await open(make)
    expect(errors).toHaveLength(1)
    if (name === 'ws') expect(budgetExceeded(errors[0])).toMatchObject({ code: 'budget-exceeded' })
    expect(server.opened).toBe(opened)
  })

  it('has its messages in order while the budgets are asked', async () => {
    server.talk = () => {}
    const { client } = await open(make)
    let answer = () => {}
    ledger.hold(
      new Promise<void>((resolve) => {
        answer = resolve
      }),
    )
    const texts = ['{"n":1}', CREATE, '{"n":2}', '{"n":3}']
    for (const text of texts) client.send(text)
    answer()
    await expect.poll(() => server.heard).toEqual(texts)
    client.close()
  })
})
