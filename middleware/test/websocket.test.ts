/**
 * WebSockets of every client, over real connections: what both sides get is what the other sent, and each response is
 * one span.
 */
import http, { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer, WebSocket as Ws } from 'ws'
import { flush, install, shutdown, withAttribution } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { counters } from '../src/telemetry/counters.ts'
import { loadSocket } from './describe-socket.ts'
import { registerHostTelemetry, spansEnded, takeSpans } from './local-provider.ts'
import { SOCKET_CLIENTS, type SocketClient } from './socket-clients.ts'

const { messages } = loadSocket('openai', 'realtime-voice')
const said = messages.flatMap((entry) => (entry[0] === 'server' ? [JSON.stringify(entry[1])] : []))
const asked = messages.flatMap((entry) => (entry[0] === 'client' ? [JSON.stringify(entry[1])] : []))

let server: Server
let plain: WebSocketServer
let compressing: WebSocketServer
let host: string
let heard: string[] = []
/** undici 7 asks once more after a 401. */
let refused = 0
/** What the server does with a connection. */
let talk: (socket: Ws) => void

beforeAll(async () => {
  registerHostTelemetry()
  plain = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  compressing = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } })
  server = createServer((_request, response) => response.writeHead(404).end())
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.includes('refuse')) {
      refused++
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      return
    }
    const accepting = request.url?.includes('compress') ? compressing : plain
    accepting.handleUpgrade(request, socket, head, (open) => talk(open))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  return new Promise<void>((resolve) => server.close(() => resolve()))
})
afterEach(() => shutdown())

const setUp = () => {
  takeSpans()
  heard = []
  refused = 0
  install({ tenant: 'acme', hosts: { [host]: 'openai' } })
  talk = (socket) => {
    // All at once: what comes with the head of the answer must not be missed.
    for (const message of said) socket.send(message)
    socket.on('message', (data) => {
      heard.push(String(data))
      if (heard.length === asked.length) socket.close()
    })
  }
}

/** Plays a session. @returns what the client got */
function converse(open: (url: string) => SocketClient, path: string): Promise<string[]> {
  const got: string[] = []
  return new Promise((resolve, reject) => {
    const client = open(`ws://${host}${path}`)
    client.addEventListener('open', () => {
      for (const message of asked) client.send(message)
    })
    client.addEventListener('message', ({ data }) => void got.push(String(data)))
    client.addEventListener('close', () => resolve(got))
    client.addEventListener('error', ({ message }) => reject(new Error(message)))
  })
}

describe.each(SOCKET_CLIENTS)('%s', (_name, open) => {
  for (const way of ['plain', 'compress'] as const) {
    it(`gets and sends what it would, ${way}, and gives a span a response`, async () => {
      setUp()
      const got = await withAttribution({ feature: 'voice' }, () =>
        converse(open, `/v1/realtime?model=gpt-realtime&way=${way}`),
      )
      expect(got).toEqual(said)
      expect(heard).toEqual(asked)
      const spans = await spansEnded(3)
      expect(spans.map((span) => span.name)).toEqual([
        'transcription gpt-4o-transcribe',
        'realtime gpt-realtime-2025-08-28',
        'realtime gpt-realtime-2025-08-28',
      ])
      expect(spans.map((span) => span.attributes[ATTR.costExact])).toEqual([
        '0.000408',
        '0.0074904',
        '0.0033096',
      ])
      for (const span of spans) {
        expect(span.attributes).toMatchObject({ [ATTR.tenantId]: 'acme', [ATTR.feature]: 'voice' })
        expect(JSON.stringify(span.attributes)).not.toMatch(/Köln|secret/)
      }
      expect(spans[1]?.attributes[ATTR.timeToFirstChunk]).toBeGreaterThanOrEqual(0)
      await flush()
      expect(takeSpans()).toEqual([])
    })
  }

  it('is told that it was refused, which is a call that failed', async () => {
    setUp()
    await expect(converse(open, '/v1/realtime?refuse=1')).rejects.toThrow()
    const [span, ...more] = await spansEnded(refused)
    expect(more).toHaveLength(refused - 1)
    expect(span?.name).toBe('realtime')
    expect(span?.attributes).toMatchObject({ [ATTR.unpricedReason]: 'failed', [ATTR.errorType]: '401' })
  })

  it('is left alone where the path is nobody’s, and after shutdown', async () => {
    setUp()
    expect(await converse(open, '/v1/other')).toEqual(said)
    await shutdown()
    heard = []
    expect(await converse(open, '/v1/realtime')).toEqual(said)
    expect(takeSpans()).toEqual([])
  })
})

it('ends what the connection broke off, and what shutdown found open', async () => {
  setUp()
  const begun = said.slice(0, 4)
  talk = (socket) => {
    for (const message of begun) socket.send(message, () => {})
    socket.once('message', () => socket.terminate())
  }
  const client = new Ws(`ws://${host}/v1/realtime`)
  let count = 0
  client.on('message', () => ++count === begun.length && client.send('{}'))
  await new Promise((resolve) => client.on('close', resolve))
  const spans = await spansEnded(2)
  expect(spans[1]?.attributes).toMatchObject({
    [ATTR.errorType]: 'AbortError',
    [ATTR.usageSource]: 'missing',
  })

  const other = new Ws(`ws://${host}/v1/realtime`)
  count = 0
  await new Promise<void>((resolve) => other.on('message', () => ++count === begun.length && resolve()))
  takeSpans()
  await shutdown()
  expect(takeSpans().map((span) => span.name)).toEqual(['realtime gpt-realtime-2025-08-28'])
  other.terminate()
})

it('reads what came together with the head also where the client takes it from there', async () => {
  setUp()
  const request = http.get(`http://${host}/v1/realtime`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    },
  })
  const parts: Buffer[] = []
  request.on('upgrade', (_response, socket, head) => {
    parts.push(head)
    socket.on('data', (part) => parts.push(part))
    socket.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))
  })
  const spans = await spansEnded(3)
  expect(spans.map((span) => span.attributes[ATTR.costExact])).toEqual(['0.000408', '0.0074904', '0.0033096'])
  expect(Buffer.concat(parts).toString()).toContain(said.at(-1))
})

it('lets messages through that it cannot read, and says so', async () => {
  setUp()
  const odd = ['no JSON', '{"type":"response.done"', '[1]', '{"type":"response.done"}', 'x'.repeat(20_000)]
  talk = (socket) => {
    for (const message of odd) socket.send(message)
    socket.send(Buffer.from([0, 1, 2]))
    socket.close()
  }
  const got = await converse((url) => new Ws(url) as unknown as SocketClient, '/v1/realtime?compress=1')
  expect(got.slice(0, -1)).toEqual(odd)
  const [span] = await spansEnded(1)
  expect(span?.attributes).toMatchObject({ [ATTR.unpricedReason]: 'missing_usage' })
})

it('gives up a compressed message that is too large, and no later one', async () => {
  setUp()
  const failures = () => counters().failures.get('decompress a message') ?? 0
  const before = failures()
  const huge = JSON.stringify({ type: 'x', data: 'ab'.repeat(9 * 1024 * 1024) })
  talk = (socket) => {
    socket.send(huge)
    for (const message of said) socket.send(message)
    socket.close()
  }
  const got = await converse((url) => new Ws(url) as unknown as SocketClient, '/v1/realtime?compress=1')
  expect(got).toEqual([huge, ...said])
  expect(failures()).toBe(before + 1)
  expect(takeSpans()).toEqual([])
})
