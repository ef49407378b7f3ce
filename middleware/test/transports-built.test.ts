/** The transports as they are published: both builds in one process, late, bundled, and where there is no Node. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import vm from 'node:vm'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BuiltPackage, buildPackage } from './frameworks/built-package.ts'
import { type LocalServer, serve } from './local-provider.ts'

const WHOLE = readFileSync(new URL('../fixtures/openai/chat-cached/response.json', import.meta.url))
const COST = '0.0003402'

let built: BuiltPackage
let provider: LocalServer
let collector: LocalServer
let received: Buffer[]

beforeAll(async () => {
  built = await buildPackage()
  provider = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(WHOLE)
  })
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
const env = () => ({ PROVIDER: provider.url, COLLECTOR: collector.url })

/** Calls by every transport that Node has, through references of before and after. */
const CALLS = `
const url = process.env.PROVIDER + '/v1/chat/completions'
const body = '{"model":"gpt-4o-mini","messages":[]}'
const options = { tenant: 'acme', endpoint: process.env.COLLECTOR, hosts: { [new URL(url).host]: 'openai' } }
const byFetch = async (fetch) => (await (await fetch(url, { method: 'POST', body })).json()).id
const byHttp = (request) => new Promise((resolve, reject) => {
  request(url, { method: 'POST' }, (response) => {
    let text = ''
    response.on('data', (part) => { text += part }).on('end', () => resolve(JSON.parse(text).id))
  }).on('error', reject).end(body)
})
`
const EARLY = `const earlyFetch = globalThis.fetch, earlyRequest = http.request`
const RUN = `
  install(options)
  console.log(await byFetch(fetch), await byFetch(earlyFetch), await byHttp(http.request), await byHttp(earlyRequest))
`
const IDS = 'chatcmpl-A1 chatcmpl-A1 chatcmpl-A1 chatcmpl-A1\n'

describe('the built package', () => {
  it('sees calls of references that were taken before, as an ES module', async () => {
    const program = built.run(
      'late.mjs',
      `import http from 'node:http'
${EARLY}
${CALLS}
await byFetch(fetch)
await byHttp(http.request)
const { install, shutdown } = await import('@spanmeter/middleware')
${RUN}
await shutdown()
console.log(fetch === earlyFetch, await byHttp(http.request))`,
      { env: env() },
    )
    expect(await program.ended).toMatchObject({ code: 0, output: `${IDS}true chatcmpl-A1\n`, errors: '' })
    expect(spans()).toBe(4)
  })

  it('counts once where both builds are loaded, whichever comes first', async () => {
    for (const first of ['esm', 'cjs']) {
      received = []
      const program = built.run(
        'both.mjs',
        `import http from 'node:http'
import { createRequire } from 'node:module'
import * as esm from '@spanmeter/middleware'
const cjs = createRequire(import.meta.url)('@spanmeter/middleware')
if (esm.install === cjs.install) throw new Error('the same copy')
const copies = { esm, cjs }
const { install } = copies.${first}
const other = copies.${first === 'esm' ? 'cjs' : 'esm'}
${EARLY}
${CALLS}
other.install({ ...options, tenant: 'other' })
${RUN}
await other.shutdown()`,
        { env: env() },
      )
      expect(await program.ended).toMatchObject({ code: 0, output: IDS, errors: '' })
      expect(spans(), first).toBe(4)
    }
  })

  it('works inside of a bundle, as an ES module and as CommonJS', async () => {
    for (const format of ['esm', 'cjs'] as const) {
      received = []
      const { outputFiles } = await build({
        stdin: {
          contents: `import http from 'node:http'
import { install, shutdown } from '@spanmeter/middleware'
${EARLY}
${CALLS}
const main = async () => { ${RUN} await shutdown() }
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
      expect(await program.ended).toMatchObject({ code: 0, output: IDS, errors: '' })
      expect(spans(), format).toBe(4)
    }
  })
})

describe('the edge entry', () => {
  it('has nothing of Node in its graph', async () => {
    const { metafile } = await build({
      entryPoints: [join(built.folder, 'esm/edge/edge.js')],
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      platform: 'neutral',
      format: 'esm',
    })
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
    const outside = imports.filter(({ external }) => external).map(({ path }) => path)
    expect(new Set(outside)).toEqual(new Set(['@opentelemetry/api']))
    // Few files, which hold every provider and the price book.
    const size = Object.values(metafile.inputs).reduce((sum, { bytes }) => sum + bytes, 0)
    expect(size).toBeGreaterThan(400_000)
  })

  it('runs where there are only Web APIs', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { createEdgeMeter } from '@spanmeter/middleware/edge'
globalThis.result = (async () => {
  const meter = createEdgeMeter({ endpoint: COLLECTOR, service: 'edge', hosts: { [new URL(PROVIDER).host]: 'openai' } })
  const work = []
  const ask = meter.fetchFor({ tenant: 'acme' }, { waitUntil: (one) => work.push(one) })
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
  const response = await ask(PROVIDER + '/v1/chat/completions', { method: 'POST', body })
  const bytes = []
  for await (const chunk of response.body) bytes.push(...chunk)
  await Promise.all(work)
  return new TextDecoder().decode(new Uint8Array(bytes))
})()`,
        resolveDir: built.folder,
      },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      define: { PROVIDER: JSON.stringify(provider.url), COLLECTOR: JSON.stringify(collector.url) },
    })
    const names = [
      'fetch Request Response Headers FormData URL URLSearchParams AbortController AbortSignal DOMException',
      'ReadableStream WritableStream TransformStream TextEncoder TextDecoder Blob crypto performance atob btoa',
      'queueMicrotask setTimeout clearTimeout console',
    ]
    const web: Record<string, unknown> = {}
    for (const name of names.join(' ').split(' ')) web[name] = (globalThis as Record<string, unknown>)[name]
    // Objects of the runtime are compared with those of the test's world.
    Object.assign(web, { Uint8Array, ArrayBuffer, Object, Promise, Error, Symbol })
    const sandbox = vm.createContext(web)
    vm.runInContext(outputFiles[0]?.text ?? '', sandbox)
    expect(vm.runInContext('typeof Buffer + typeof process + typeof require', sandbox)).toBe(
      'undefinedundefinedundefined',
    )
    expect(await web.result).toBe(WHOLE.toString())
    const text = Buffer.concat(received).toString()
    expect(JSON.parse(text).resourceSpans).toHaveLength(1)
    expect(text).toContain(COST)
    expect(text).toContain('acme')
  })
})
