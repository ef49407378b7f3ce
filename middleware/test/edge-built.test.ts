/** The edge entry as it is published: where there is no Node. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import vm from 'node:vm'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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
  collector = await serve((_request, response, body) => {
    received.push(body)
    response.writeHead(200).end()
  })
}, 120_000)
afterAll(async () => {
  built.remove()
  await Promise.all([provider.close(), collector.close()])
})
beforeEach(() => {
  received = []
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
    expect(outside).toEqual([])
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
