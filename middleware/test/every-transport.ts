/**
 * Every way to make a call over HTTP that capture sees, behind one signature.
 */
import http from 'node:http'
import http2 from 'node:http2'
import * as zlib from 'node:zlib'
import axios from 'axios'
import nodeFetch from 'node-fetch'
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { wrapFetch } from '../src/index.ts'

export interface Sent {
  url: string
  method: 'GET' | 'POST'
  body: string | undefined
  /** Gives the call up. */
  signal?: AbortSignal
}

export interface Transport {
  name: string
  /** Which server answers. */
  protocol: 'http/1.1' | 'h2'
  /** Makes a call and reads its answer to the end. @returns the body, decompressed */
  call(sent: Sent): Promise<string>
}

const early: typeof fetch = globalThis.fetch
const signalOf = ({ signal }: Sent) => (signal ? { signal } : {})
const initOf = (sent: Sent) => ({
  method: sent.method,
  ...(sent.body === undefined ? {} : { body: sent.body }),
  ...signalOf(sent),
})

function decoded(bytes: Buffer, encoding: unknown): string {
  const decode = { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync, deflate: zlib.inflateSync }
  return (decode[String(encoding) as 'gzip']?.(bytes) ?? bytes).toString()
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

function overHttp(sent: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const { url, method, body } = sent
    const request = http.request(url, { method, ...signalOf(sent) }, (response) => {
      collect(response).then((bytes) => resolve(decoded(bytes, response.headers['content-encoding'])), reject)
    })
    request.on('error', reject).end(body)
  })
}

async function overHttp2(sent: Sent): Promise<string> {
  const { url, method, body } = sent
  const { origin, pathname, search } = new URL(url)
  const session = http2.connect(origin)
  try {
    const stream = session.request({ ':method': method, ':path': pathname + search }, signalOf(sent))
    let encoding: unknown
    stream.on('response', (headers) => {
      encoding = headers['content-encoding']
    })
    stream.end(body)
    const bytes = await collect(stream)
    return decoded(bytes, encoding)
  } finally {
    session.close()
  }
}

export const TRANSPORTS: readonly Transport[] = [
  {
    name: '`fetch`',
    protocol: 'http/1.1',
    call: async (sent) => (await fetch(sent.url, initOf(sent))).text(),
  },
  {
    name: '`fetch` taken before the installation',
    protocol: 'http/1.1',
    call: async (sent) => (await early(sent.url, initOf(sent))).text(),
  },
  {
    name: '`wrapFetch()`',
    protocol: 'http/1.1',
    call: async (sent) => (await wrapFetch(early)(sent.url, initOf(sent))).text(),
  },
  {
    name: 'undici 6 `fetch`',
    protocol: 'http/1.1',
    call: async (sent) => (await undici6.fetch(sent.url, initOf(sent))).text(),
  },
  {
    name: 'undici 7 `request`',
    protocol: 'http/1.1',
    async call(sent) {
      const { body, headers } = await undici7.request(sent.url, initOf(sent))
      return decoded(Buffer.from(await body.arrayBuffer()), headers['content-encoding'])
    },
  },
  {
    name: 'undici 6 `request` through an `Agent` of its own',
    protocol: 'http/1.1',
    async call(sent) {
      const dispatcher = new undici6.Agent()
      try {
        const { body, headers } = await undici6.request(sent.url, { ...initOf(sent), dispatcher })
        return decoded(Buffer.from(await body.arrayBuffer()), headers['content-encoding'])
      } finally {
        await dispatcher.close()
      }
    },
  },
  {
    name: 'undici 7 `Pool`',
    protocol: 'http/1.1',
    async call(sent) {
      const { origin, pathname, search } = new URL(sent.url)
      const pool = new undici7.Pool(origin)
      try {
        const { body, headers } = await pool.request({ ...initOf(sent), path: pathname + search })
        return decoded(Buffer.from(await body.arrayBuffer()), headers['content-encoding'])
      } finally {
        await pool.close()
      }
    },
  },
  { name: '`node:http`', protocol: 'http/1.1', call: overHttp },
  {
    name: 'axios',
    protocol: 'http/1.1',
    async call(sent) {
      const { data } = await axios.request({
        url: sent.url,
        method: sent.method,
        data: sent.body,
        ...signalOf(sent),
        responseType: 'text',
        transformResponse: (text: string) => text,
        validateStatus: () => true,
      })
      return data
    },
  },
  {
    name: 'node-fetch',
    protocol: 'http/1.1',
    call: async (sent) => (await nodeFetch(sent.url, initOf(sent))).text(),
  },
  { name: '`node:http2`', protocol: 'h2', call: overHttp2 },
]
