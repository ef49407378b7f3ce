/**
 * Every fixture over every transport, compressed in turns: each call is one span that says what the pure part says,
 * and its answer is what the server sent.
 */
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import * as zlib from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { install, shutdown } from '../src/index.ts'
import { PROVIDERS } from '../src/providers/registry.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type Case, casesOf, FIXTURES, load, meter } from './describe-provider.ts'
import { TRANSPORTS } from './every-transport.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

const bare = globalThis.fetch
const ENCODINGS: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['identity', (bytes) => bytes],
  ['gzip', zlib.gzipSync],
  ['br', zlib.brotliCompressSync],
]
let current: Case
let turn = 0
let server: LocalServer
let h2: http2.Http2Server

/** The head and the two pieces of the present case's answer. */
function answer(): { headers: Record<string, string>; status: number; pieces: Uint8Array[] } {
  const { answer: plain, streamed, expected } = current
  const [encoding, encode] = ENCODINGS[turn % ENCODINGS.length] as (typeof ENCODINGS)[number]
  const type = streamed ? 'text/event-stream; charset=utf-8' : 'application/json'
  const bytes = encode(plain)
  const middle = bytes.length >> 1
  return {
    status: expected.status,
    headers: { 'content-type': type, 'content-encoding': encoding, ...expected.headers },
    pieces: [bytes.subarray(0, middle), bytes.subarray(middle)],
  }
}

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((_request, response) => {
    const { headers, status, pieces } = answer()
    response.writeHead(status, headers)
    response.write(pieces[0])
    setImmediate(() => response.end(pieces[1]))
  })
  h2 = http2.createServer()
  h2.on('stream', (stream) => {
    stream.resume().on('end', () => {
      const { headers, status, pieces } = answer()
      stream.respond({ ':status': status, ...headers })
      stream.write(pieces[0])
      setImmediate(() => stream.end(pieces[1]))
    })
  })
  await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await server.close()
  await new Promise((resolve) => h2.close(resolve))
})

/** Every case over every transport with SPANMETER_FULL_MATRIX=1; otherwise each case over a third of them. */
const SHARE = process.env.SPANMETER_FULL_MATRIX === '1' ? 1 : 3

for (const [index, transport] of TRANSPORTS.entries()) {
  let passed = index
  it(`${transport.name}: cases of every provider`, { timeout: 300_000 }, async () => {
    const host = transport.protocol === 'h2' ? `127.0.0.1:${(h2.address() as AddressInfo).port}` : server.host
    for (const provider of PROVIDERS) {
      for (const name of casesOf(provider.name)) {
        if (passed++ % SHARE !== 0) continue
        current = load(new URL(`${provider.name}/${name}/`, FIXTURES))
        turn++
        const { expected, request } = current
        const { unitPrices = [], method = 'POST' } = expected
        install({ service: 'test', hosts: { [host]: provider.name }, unitPrices })
        const { pathname, search } = new URL(expected.url ?? `http://x${expected.path}`)
        takeSpans()
        const url = `http://${host}${pathname}${search}`
        const got = await transport.call({ url, method, body: method === 'GET' ? undefined : request })
        expect(got === Buffer.from(current.answer).toString(), `${name}: the answer as it was`).toBe(true)
        const [span, ...more] = await spansEnded(1)
        expect(more, name).toEqual([])
        // Time-of-day prices differ between now and the fixture's moment; everything else is the same.
        const {
          [ATTR.costExact]: _e,
          [ATTR.costAmount]: _a,
          [ATTR.costMirror]: _m,
          ...want
        } = meter(provider, current, []).attributes
        expect(span?.attributes, `${provider.name}/${name}`).toMatchObject(want)
        await shutdown()
        globalThis.fetch = bare
        // a job counts once in a process, and here each comes again over the next transport
        Reflect.deleteProperty(globalThis, Symbol.for('spanmeter.state.v2'))
      }
    }
  })
}
