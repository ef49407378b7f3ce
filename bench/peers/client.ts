/**
 * A service of `capture.ts` that calls the provider, metered or bare, as its parent tells it turn by turn. It says
 * how much CPU time has gone since the end of the turn before.
 *
 * Invariant: the work is the same whether it is metered; a bare call takes the `fetch` from before the installation, to
 * a port that nobody meters.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { SpanKind, trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'

/** How calls are metered; `context`: not at all, but inside of an AsyncLocalStorage. */
type Metered = 'nothing' | 'context' | 'endpoint' | 'host-provider'
/**
 * What is asked of a client. The last three give a result of their own instead of CPU time: microseconds until the
 * first chunk (median), bytes of heap for each stream that is open, bytes that so many calls leave behind.
 */
export type Work = 'call' | 'stream' | 'span' | 'first-byte' | 'open-streams' | 'growth'

/** What a client is told on its command line, as JSON. */
export interface ClientOptions {
  metered: Metered
  /** Host and port of the provider. */
  provider: string
  /** The same, of those that nobody meters. */
  bareProvider: string
  /** Where a side with an endpoint sends its spans. */
  endpoint: string
  /** Address of the built middleware. */
  middleware: string
  /** Answers come from the process itself, without a network, for runs of very many calls. */
  fromMemory: boolean
}

/** Spans are made and batched as in production, and dropped where the network would begin; one is kept to look at. */
class Nowhere implements SpanExporter {
  last: ReadableSpan | undefined
  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.last = spans.at(-1)
    done({ code: 0 })
  }
  async shutdown(): Promise<void> {}
}

const options: ClientOptions = JSON.parse(process.argv[2] ?? '{}')
const urlOf = (host: string) => `http://${host}/v1/chat/completions`
const url = urlOf(options.provider)
const bareUrl = urlOf(options.bareProvider)
const body = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'word '.repeat(1000) }],
})
if (options.fromMemory) answerFromMemory()
const bareFetch = globalThis.fetch
/** Whether the turn is a bare one. */
let bare = false
const send = (init: RequestInit): Promise<Response> =>
  bare ? bareFetch(bareUrl, init) : globalThis.fetch(url, init)
const exporter = new Nowhere()
const tracing = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })

if (options.metered === 'endpoint' || options.metered === 'host-provider') {
  const { install }: typeof import('@spanmeter/middleware') = await import(options.middleware)
  if (options.metered === 'host-provider') trace.setGlobalTracerProvider(tracing)
  install({
    service: 'bench',
    tenant: 'acme',
    hosts: { [options.provider]: 'openai' },
    ...(options.metered === 'endpoint' ? { endpoint: options.endpoint } : {}),
  })
}

async function call(): Promise<void> {
  const response = await send({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  await response.json()
}

async function stream(): Promise<void> {
  const response = await send({ method: 'POST', body, headers: { 'x-stream': 'yes' } })
  for await (const _chunk of response.body as unknown as AsyncIterable<Uint8Array>);
}

/** Makes the span of a call with the SDK alone, attributes set at the times at which the middleware knows them. */
async function prepareSpan(): Promise<() => void> {
  await call()
  await tracing.forceFlush()
  const like = exporter.last
  if (!like) throw new Error('cannot measure a span: no call made one; see whether calls are metered')
  const all = Object.entries(like.attributes)
  const first = all.findIndex(([name]) => name === 'gen_ai.request.model') + 1
  const before = Object.fromEntries(all.slice(0, first))
  const after = Object.fromEntries(all.slice(first))
  const tracer = tracing.getTracer('bench')
  return () => {
    const startTime = Date.now()
    const span = tracer.startSpan(like.name, { kind: SpanKind.CLIENT, startTime, attributes: before })
    span.setAttributes(after)
    span.end(startTime + 1)
  }
}

let makeSpan: (() => void) | undefined

const scopes = new AsyncLocalStorage<object>()

async function work(kind: Work, times: number): Promise<number | undefined> {
  if (kind === 'first-byte') return firstByte(times)
  if (kind === 'open-streams') return heapOfOpenStreams(times)
  if (kind === 'growth') return growth(times)
  if (kind === 'span') {
    makeSpan ??= await prepareSpan()
    for (let index = 0; index < times; index++) makeSpan()
    return undefined
  }
  const once = kind === 'call' ? call : stream
  const inContext = () => scopes.run({}, once)
  const one = options.metered === 'context' ? inContext : once
  for (let index = 0; index < times; index++) await one()
  return undefined
}

async function firstByte(times: number): Promise<number> {
  const waits: number[] = []
  for (let index = 0; index < times; index++) {
    const sent = performance.now()
    const response = await send({ method: 'POST', body, headers: { 'x-stream': 'slow' } })
    let first = 0
    for await (const _chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (first === 0) first = performance.now()
    }
    waits.push((first - sent) * 1_000)
  }
  return waits.sort((a, b) => a - b)[times >> 1] ?? 0
}

/** What is in use once nothing more can be collected, and nothing is on its way any more. */
async function inUse(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await delay(20)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function heapOfOpenStreams(times: number): Promise<number> {
  const before = await inUse()
  const leave = new AbortController()
  const readers = await Promise.all(
    Array.from({ length: times }, async () => {
      const headers = { 'x-stream': 'held' }
      const response = await send({ method: 'POST', body, headers, signal: leave.signal })
      const reader = response.body?.getReader()
      await reader?.read()
      return reader
    }),
  )
  const after = await inUse()
  leave.abort()
  await Promise.all(readers.map((reader) => reader?.closed.catch(() => {})))
  return (after - before) / times
}

async function growth(times: number): Promise<number> {
  for (let index = 0; index < 5_000; index++) await call()
  const before = await inUse()
  for (let index = 0; index < times; index++) await call()
  return (await inUse()) - before
}

/** Puts a dispatcher in place of the runtime's that answers at once. */
function answerFromMemory(): void {
  void globalThis.Response
  const answer = Buffer.from(
    JSON.stringify({
      id: 'chatcmpl-bench',
      model: 'gpt-4o-mini-2024-07-18',
      choices: [{ index: 0, message: { role: 'assistant', content: 'word' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500 },
    }),
  )
  const head = ['content-type', 'application/json'].map((text) => Buffer.from(text))
  // biome-ignore lint/suspicious/noExplicitAny: undici's handlers, up to undici 7
  const dispatch = ({ body: sent }: any, handler: any): boolean => {
    setImmediate(async () => {
      handler.onConnect(() => {})
      for await (const _piece of sent ?? []);
      handler.onHeaders(200, head, () => {}, 'OK')
      handler.onData(Buffer.from(answer))
      handler.onComplete([])
    })
    return true
  }
  const slot = Symbol.for('undici.globalDispatcher.1')
  Object.defineProperty(globalThis, slot, { value: { dispatch }, writable: true })
}

let before = process.cpuUsage()

/** What a parent says. */
export interface Turn {
  kind: Work
  times: number
  /** Nothing of it is metered. */
  bare: boolean
}

process.on('message', (turn: Turn) => {
  bare = turn.bare
  work(turn.kind, turn.times).then(
    (result) => {
      const { user, system } = process.cpuUsage(before)
      before = process.cpuUsage()
      process.send?.(result ?? user + system)
    },
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
