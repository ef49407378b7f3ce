/**
 * A service that makes calls and leaves some of them in every bad way, as its parent says, and tells what it holds.
 *
 * Invariant: memory is looked at after garbage collection, with no call under way.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { flush, install } from '../../src/index.ts'
import { counters, total } from '../../src/telemetry/counters.ts'

/** What the parent asks for. */
export interface Order {
  calls: number
}

/** What this process holds, in bytes and in resources, and what it has counted. */
export interface Held {
  heap: number
  buffers: number
  handles: number
  /** Spans by what became of them. */
  sent: number
  dropped: number
  queued: number
  /** Calls that were made, and things that broke inside. */
  calls: number
  failures: string[]
}

const AT_ONCE = 40
/** A minute: longer than the collector is tried for. */
const LOOKS = 600

const [url = '', endpoint = ''] = process.argv.slice(2)
install({ endpoint, service: 'at-length', tenant: 'acme', hosts: { [new URL(url).host]: 'openai' } })

async function ask(body: object, path: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi.' }], ...body }),
    ...(signal ? { signal } : {}),
  })
}

/** One call of each kind. The paths say what the provider does. */
const KINDS: readonly (() => Promise<unknown>)[] = [
  async () => (await ask({}, '/v1/chat/completions')).json(),
  async () => (await ask({ stream: true }, '/v1/chat/completions')).text(),
  async () => (await ask({}, '/error/v1/chat/completions')).json(),
  async () => (await ask({}, '/cut/v1/chat/completions')).json(),
  async () => {
    const controller = new AbortController()
    const { body } = await ask({ stream: true }, '/stall/v1/chat/completions', controller.signal)
    await body?.getReader().read()
    controller.abort()
  },
  async () => {
    const { body } = await ask({ stream: true }, '/stall/v1/chat/completions')
    const reader = body?.getReader()
    await reader?.read()
    await reader?.cancel()
  },
  // Nobody ever reads these.
  async () => void (await ask({ stream: true }, '/v1/chat/completions')),
  async () => void (await ask({}, '/v1/chat/completions')),
]

async function work({ calls }: Order): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < calls) await KINDS[next++ % KINDS.length]?.().catch(() => undefined)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Waits until nothing is on its way any more, and looks. */
async function look(): Promise<Held> {
  for (let i = 0; i < LOOKS; i++) {
    globalThis.gc?.()
    await flush()
    await delay(100)
    const { calls, queued } = counters()
    if (queued === 0 && total(calls) === made) break
  }
  // what is native is freed once its wrapper was found to be garbage, a turn later
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await delay(50)
  }
  const { heapUsed, external } = process.memoryUsage()
  const { calls, sent, dropped, queued, failures } = counters()
  return {
    heap: heapUsed,
    buffers: external,
    handles: process.getActiveResourcesInfo().length,
    sent,
    dropped: total(dropped),
    queued,
    calls: total(calls),
    failures: [...failures.keys()],
  }
}

let made = 0
process.on('message', async (order: Order) => {
  await work(order)
  made += order.calls
  process.send?.(await look())
})
process.send?.('ready')
