/** The transports as they are published: both builds in one process, late, and bundled. */
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSocket } from './describe-socket.ts'
import { type BuiltPackage, buildPackage } from './frameworks/built-package.ts'
import { type LocalProtocols, serveProtocols } from './local-protocols.ts'
import { type LocalServer, serve } from './local-provider.ts'

const WHOLE = readFileSync(new URL('../fixtures/openai/chat-cached/response.json', import.meta.url))
/** A session with one response in it. */
const MESSAGES = loadSocket('openai', 'realtime-image-and-text')
  .messages.filter(([side]) => side === 'server')
  .map(([, message]) => JSON.stringify(message))

let built: BuiltPackage
let provider: LocalProtocols
let collector: LocalServer
let received: Buffer[]

beforeAll(async () => {
  built = await buildPackage()
  provider = await serveProtocols(WHOLE, MESSAGES)
}, 120_000)
afterAll(() => {
  built.remove()
  return provider.close()
})
beforeEach(async () => {
  received = []
  collector = await serve((_request, response, body) => {
    received.push(body)
    response.writeHead(200).end()
  })
})
afterEach(() => collector.close())

/** Every span carries its exact cost as text, once. */
const spans = () => Buffer.concat(received).toString('latin1').split('spanmeter.cost.exact').length - 1
const env = () => ({ PROVIDER: provider.url, PROVIDER2: provider.url2, COLLECTOR: collector.url })

/** Calls by every transport that Node has, through references and sessions of before and after. */
const CALLS = `
const path = '/v1/chat/completions'
const url = process.env.PROVIDER + path
const body = '{"model":"gpt-4o-mini","messages":[]}'
const hosts = Object.fromEntries([url, process.env.PROVIDER2].map((one) => [new URL(one).host, 'openai']))
const options = { service: 'built', tenant: 'acme', endpoint: process.env.COLLECTOR, hosts }
const idOf = async (parts) => {
  let text = ''
  for await (const part of parts) text += part
  return JSON.parse(text).id
}
const byFetch = async (fetch) => (await (await fetch(url, { method: 'POST', body })).json()).id
const byHttp = (request) => new Promise((resolve, reject) => {
  request(url, { method: 'POST' }, (response) => resolve(idOf(response))).on('error', reject).end(body)
})
const bySession = (session) => {
  const stream = session.request({ ':method': 'POST', ':path': path })
  stream.end(body)
  return idOf(stream)
}
const byHttp2 = async (connect) => {
  const session = connect(process.env.PROVIDER2)
  try {
    return await bySession(session)
  } finally {
    session.close()
  }
}
const bySocket = (WebSocket) => new Promise((resolve, reject) => {
  const socket = new WebSocket(process.env.PROVIDER.replace('http', 'ws') + '/v1/realtime?model=gpt-realtime')
  let said = 0
  socket.onopen = () => socket.send('{"type":"response.create"}')
  socket.onmessage = () => said++
  socket.onclose = () => resolve(said)
  socket.onerror = reject
})
`
const IMPORTS = `import http from 'node:http'
import http2, { connect } from 'node:http2'
import { WebSocket as Ws } from 'ws'
import { WebSocket } from 'undici7'
`
const EARLY = `const earlyFetch = globalThis.fetch, earlyRequest = http.request, earlyConnect = http2.connect`
const BEFORE = `
  const session = earlyConnect(process.env.PROVIDER2)
  await bySession(session)
`
const RUN = `
  install(options)
  console.log(await byFetch(fetch), await byFetch(earlyFetch), await byHttp(http.request), await byHttp(earlyRequest))
  console.log(await bySession(session), await byHttp2(http2.connect), await byHttp2(connect), await byHttp2(earlyConnect))
  session.close()
  console.log(await bySocket(Ws), await bySocket(WebSocket))
`
const IDS = Array(4).fill('chatcmpl-A1').join(' ')
const OUTPUT = `${IDS}\n${IDS}\n${MESSAGES.length} ${MESSAGES.length}\n`
const MADE = 10

describe('the built package', () => {
  it('sees calls of references that were taken before, as an ES module', async () => {
    const program = built.run(
      'late.mjs',
      `${IMPORTS}${EARLY}
${CALLS}
await byFetch(fetch)
await byHttp(http.request)
${BEFORE}
const { install, shutdown } = await import('@spanmeter/middleware')
${RUN}
await shutdown()
console.log(fetch === earlyFetch, await byHttp(http.request))`,
      { env: env() },
    )
    expect(await program.ended).toMatchObject({ code: 0, output: `${OUTPUT}true chatcmpl-A1\n`, errors: '' })
    expect(spans()).toBe(MADE)
  })

  it('counts once where both builds are loaded, whichever comes first', async () => {
    for (const first of ['esm', 'cjs']) {
      received = []
      const program = built.run(
        'both.mjs',
        `${IMPORTS}import { createRequire } from 'node:module'
import * as esm from '@spanmeter/middleware'
const cjs = createRequire(import.meta.url)('@spanmeter/middleware')
if (esm.install === cjs.install) throw new Error('the same copy')
const copies = { esm, cjs }
const { install } = copies.${first}
const other = copies.${first === 'esm' ? 'cjs' : 'esm'}
${EARLY}
${CALLS}
${BEFORE}
other.install({ ...options, tenant: 'other' })
${RUN}
await other.shutdown()`,
        { env: env() },
      )
      expect(await program.ended).toMatchObject({ code: 0, output: OUTPUT, errors: '' })
      expect(spans(), first).toBe(MADE)
    }
  })

  it('works inside of a bundle, as an ES module and as CommonJS', async () => {
    for (const format of ['esm', 'cjs'] as const) {
      received = []
      const { outputFiles } = await build({
        stdin: {
          contents: `${IMPORTS}import { install, shutdown } from '@spanmeter/middleware'
${EARLY}
${CALLS}
const main = async () => { ${BEFORE} ${RUN} await shutdown() }
main()`,
          resolveDir: built.folder,
        },
        bundle: true,
        write: false,
        minify: true,
        platform: 'node',
        format,
        banner:
          format === 'esm'
            ? {
                js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
              }
            : {},
      })
      const source = outputFiles[0]?.text ?? ''
      const program = built.run(format === 'esm' ? 'bundle.mjs' : 'bundle.cjs', source, { env: env() })
      expect(await program.ended).toMatchObject({ code: 0, output: OUTPUT, errors: '' })
      expect(spans(), format).toBe(MADE)
    }
  })
})
