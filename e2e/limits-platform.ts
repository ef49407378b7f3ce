/**
 * What limits need, in one process: the collector's ledger behind its real route, a provider that bills what it is
 * told to, and services that keep the limits.
 *
 * Invariant: everything talks over HTTP on free ports of 127.0.0.1, as processes of their own would.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { configuredBudgets } from '../collector/src/budgets/configured.ts'
import { createLeaseRoute } from '../collector/src/budgets/lease-route.ts'
import { type OpenLedger, openLedger } from '../collector/src/budgets/open-ledger.ts'
import { readConfig } from '../collector/src/config/read.ts'

export interface LedgerServer extends OpenLedger {
  url: string
  /** Requests for leases so far. */
  requests(): number
  /** Answers 503 from now on, or no longer. */
  fail(failing: boolean): void
  failing(): boolean
  /** Holds answers back until it resolves. */
  hold(until: Promise<unknown>): void
  stop(): Promise<void>
}

/** Starts a ledger with the budgets of a configuration file. @param directory where its files are; a new one unless said */
export async function startLedger(
  yaml: string,
  options: { now?: () => number; directory?: string } = {},
): Promise<LedgerServer> {
  const config = readConfig({}, yaml)
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'spanmeter-ledger-')))
  const { now = Date.now } = options
  const open = await openLedger({
    dataDir: directory,
    budgets: configuredBudgets(config),
    ttlMs: config.leases.ttl,
    maxRequestMs: config.leases.longestRequest,
    usedBefore: false,
    now,
    onCrossed: () => {},
    report: (error) => console.error(error),
  })
  let requests = 0
  let failing = false
  let until: Promise<unknown> = Promise.resolve()
  const app = createLeaseRoute({
    async exchange(request) {
      requests++
      await until
      if (failing) throw new Error('the test wants it so')
      const heard = { instance: request.instance, heardAt: now() }
      open.decisions.add((request.decisions ?? []).map((decision) => ({ ...decision, ...heard })))
      return open.ledger.exchange(request)
    },
    report: () => {},
  })
  // The spans of services end here too.
  app.post('/v1/traces', (c) => c.body(new Uint8Array(), 200))
  const server = await listen(createServer(getRequestListener(app.fetch)))
  return {
    ...open,
    url: urlOf(server),
    requests: () => requests,
    fail(so) {
      failing = so
    },
    failing: () => failing,
    hold(so) {
      until = so
    },
    async stop() {
      await close(server)
      await open.close()
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A provider with OpenAI's and Anthropic's answers. */
export interface Biller {
  url: string
  host: string
  /** Tokens that the next answers bill. */
  usage: { input: number; output: number }
  /** Status of the next answers. */
  status: number
  /** Bodies of the requests that it got. */
  bodies: string[]
  /** Holds answers back until it resolves. */
  until: Promise<unknown>
  close(): Promise<void>
}

export async function startBiller(): Promise<Biller> {
  const biller = {
    usage: { input: 10, output: 10 },
    status: 200,
    bodies: [] as string[],
    until: Promise.resolve() as Promise<unknown>,
  }
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      biller.bodies.push(body)
      await biller.until
      const asked = JSON.parse(body === '' ? '{}' : body) as { model?: string }
      const answer = request.url?.endsWith('/messages') ? anthropicAnswer : openaiAnswer
      const failed = { error: { message: 'no', type: 'server_error', code: null, param: null } }
      const text = JSON.stringify(biller.status >= 400 ? failed : answer(asked.model ?? '', biller.usage))
      response.writeHead(biller.status, { 'content-type': 'application/json' }).end(text)
    })
  })
  await listen(server)
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  return Object.assign(biller, { url: `http://${host}`, host, close: () => close(server) })
}

function openaiAnswer(model: string, { input, output }: Biller['usage']) {
  const message = { role: 'assistant', content: 'Hello.' }
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
  return {
    id: 'c',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  }
}

function anthropicAnswer(model: string, { input, output }: Biller['usage']) {
  const content = [{ type: 'text', text: 'Hello.' }]
  const usage = { input_tokens: input, output_tokens: output }
  return { id: 'm', type: 'message', role: 'assistant', model, content, stop_reason: 'end_turn', usage }
}

export async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += piece
  return text
}

export function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
