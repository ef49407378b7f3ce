/**
 * Twenty thousand calls (a hundred thousand where `SPANMETER_FULL_MATRIX` is set), read, left, cut and refused, to a
 * collector that takes what is sent, is gone, silent, busy or says no: what the service holds stays what it was, and
 * every span that was not delivered is counted.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ATTR } from '../src/telemetry/attributes.ts'
import type { Held, Order } from './at-length/host.ts'
import { spansOf } from './frameworks/otlp-receiver.ts'
import { type LocalServer, serve } from './local-provider.ts'

const HOST = fileURLToPath(new URL('at-length/host.ts', import.meta.url))
const CALLS = process.env.SPANMETER_FULL_MATRIX === '1' ? 100_000 : 20_000
/** Longer than it takes to give an export up, with whatever is on the machine besides. */
const TIMEOUT = 600_000
/** What may be held more than after the first calls: 30 bytes for each of a hundred thousand, and a few connections. */
const SPARE_BYTES = 3_000_000
const SPARE_HANDLES = 8

const CHUNK =
  'data: {"id":"c","model":"gpt-5-mini-2025-08-07","choices":[{"delta":{"content":"Hi there"}}]}\n\n'
const USAGE = '"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}'
const LAST = `data: {"id":"c","model":"gpt-5-mini-2025-08-07","choices":[],${USAGE}}\n\ndata: [DONE]\n\n`
const WHOLE = `{"id":"c","model":"gpt-5-mini-2025-08-07","choices":[{"message":{"content":"Hi"}}],${USAGE}}`

/** What a collector does; `gone` has no listener. */
type Mood = 'well' | 'gone' | 'silent' | 'busy' | 'refusing'

let provider: LocalServer
let collector: Server
let mood: Mood = 'well'
let received = 0
let told = 0

beforeAll(async () => {
  provider = await serve(({ url = '' }, response, body) => {
    const streams = body.includes('"stream":true')
    if (url.startsWith('/error')) {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"code":"server_error"}}')
      return
    }
    response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' })
    if (url.startsWith('/cut')) response.write(WHOLE.slice(0, 20), () => response.destroy())
    else if (url.startsWith('/stall')) response.write(CHUNK)
    else response.end(streams ? CHUNK.repeat(5) + LAST : WHOLE)
  })
  collector = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (mood === 'silent') return
      if (mood === 'well') take(Buffer.concat(parts))
      response.writeHead(mood === 'well' ? 200 : mood === 'busy' ? 503 : 400).end()
    })
  })
  await listen(0)
})
afterAll(async () => {
  await provider.close()
  await close()
})

function take(body: Buffer): void {
  const spans = spansOf(body)
  received += spans.length
  for (const { attributes } of spans) told += Number(attributes[ATTR.droppedSpans] ?? 0)
}

async function listen(port: number): Promise<void> {
  collector.listen(port, '127.0.0.1')
  await once(collector, 'listening')
}

async function close(): Promise<void> {
  if (!collector.listening) return
  const closed = once(collector, 'close')
  collector.close()
  collector.closeAllConnections()
  await closed
}

async function start(endpoint: string): Promise<ChildProcess> {
  const host = fork(HOST, [provider.url, endpoint], {
    execArgv: ['--expose-gc', '--conditions=@spanmeter/source', '--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(host, 'message')
  return host
}

async function call(host: ChildProcess, calls: number): Promise<Held> {
  const answer = once(host, 'message')
  host.send({ calls } satisfies Order)
  return (await answer)[0] as Held
}

it(
  'memory and handles stay flat, and what was dropped is counted',
  async () => {
    const { port } = collector.address() as AddressInfo
    const host = await start(`http://127.0.0.1:${port}`)
    const looks: [Mood, Held][] = []
    try {
      // what is made once is made: caches, pools, code
      await call(host, 10_000)
      const first = await call(host, 2_000)
      const moods: Mood[] = ['gone', 'silent', 'busy', 'refusing', 'well']
      for (mood of moods) {
        if (mood === 'gone') await close()
        else if (!collector.listening) await listen(port)
        looks.push([mood, await call(host, (CALLS - 12_000) / moods.length)])
      }
      // what was dropped last is told by what is sent next
      const { sent, dropped, queued, calls, failures } = await call(host, 8)

      for (const [, held] of looks) {
        expect(held.heap).toBeLessThan(first.heap + SPARE_BYTES)
        expect(held.buffers).toBeLessThan(first.buffers + SPARE_BYTES)
        expect(held.handles).toBeLessThanOrEqual(first.handles + SPARE_HANDLES)
      }
      expect(failures).toEqual(['send spans'])
      expect(calls).toBe(CALLS + 8)
      expect({ queued, sent, all: sent + dropped }).toEqual({ queued: 0, sent: received, all: calls })
      expect(dropped).toBeGreaterThan(0)
      expect(told).toBe(dropped)
    } finally {
      host.kill()
      await once(host, 'exit')
    }
  },
  TIMEOUT,
)
