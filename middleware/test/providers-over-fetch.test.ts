/**
 * Every fixture once more over a real connection: a loopback server answers, the global `fetch` is captured, and
 * the span says what the pure part says.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { install, shutdown } from '../src/index.ts'
import { PROVIDERS } from '../src/providers/registry.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type Case, casesOf, load, meter } from './describe-provider.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

let current: Case
let server: LocalServer
const bare = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((_request, response) => {
    const { answer, streamed, expected } = current
    const type = streamed ? 'text/event-stream; charset=utf-8' : 'application/json'
    response.writeHead(expected.status, { 'content-type': type, ...expected.headers })
    // In two pieces, so that the second one comes as a chunk of its own.
    const middle = Math.floor(answer.length / 2)
    response.write(answer.subarray(0, middle))
    setImmediate(() => response.end(answer.subarray(middle)))
  })
})
afterAll(() => server.close())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

/** How SDKs read answers: parsed at once, or chunk by chunk. */
async function read(response: Response, streamed: boolean): Promise<string> {
  if (!streamed) return JSON.stringify(await response.json())
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body as ReadableStream<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

const folderOf = (provider: string, name: string) =>
  new URL(`../fixtures/${provider}/${name}/`, import.meta.url)

for (const provider of PROVIDERS) {
  it(`${provider.name}: one span a call, and the answer as it was`, async () => {
    for (const name of casesOf(provider.name)) {
      current = load(folderOf(provider.name, name))
      const { expected } = current
      const { unitPrices = [] } = expected
      install({ service: 'test', hosts: { [server.host]: provider.name }, unitPrices })
      const { pathname, search } = new URL(expected.url ?? `http://x${expected.path}`)
      takeSpans()
      const response = await fetch(`${server.url}${pathname}${search}`, {
        method: expected.method ?? 'POST',
        ...(expected.method === 'GET' ? {} : { body: current.request }),
      })
      const answer = Buffer.from(current.answer)
      const got = await read(response, current.streamed)
      // some streams are no text
      expect(got).toBe(
        current.streamed ? answer.toString('latin1') : JSON.stringify(JSON.parse(answer.toString())),
      )
      const [span, ...more] = await spansEnded(1)
      expect(more).toEqual([])
      // Time-of-day prices differ between now and the fixture's moment; everything else is the same.
      const {
        [ATTR.costExact]: _e,
        [ATTR.costAmount]: _a,
        [ATTR.costMirror]: _m,
        ...want
      } = meter(provider, current, []).attributes
      expect(span?.attributes, name).toMatchObject(want)
      if (expected.costSource === 'provider') expect(span?.attributes[ATTR.costExact]).toBe(expected.cost)
      expect(JSON.stringify(span?.attributes)).not.toMatch(/Köln|Kilometer|Grüße|secret/)
      await shutdown()
    }
  })
}

it('reads the array that the host parses itself', async () => {
  install({ service: 'test', hosts: { [server.host]: 'gcp.gemini' } })
  current = load(new URL('../fixtures/gcp.gemini/stream-as-array/', import.meta.url))
  const path = '/v1beta/models/gemini-2.5-flash:streamGenerateContent'
  takeSpans()
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: current.request })
  expect(await response.json()).toHaveLength(2)
  const [span] = await spansEnded(1)
  expect(span?.name).toBe('generate_content gemini-2.5-flash')
  expect(span?.attributes).toMatchObject({
    [ATTR.requestStream]: true,
    [ATTR.usageSource]: 'provider',
    [ATTR.outputTokens]: 31,
  })
})
