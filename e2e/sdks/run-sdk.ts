/**
 * Runs the calls of one SDK in a process of its own, metered or not, against a local provider of its own.
 *
 * Invariant: two runs with the same clock get the same answers to the byte, so that whatever differs between a
 * metered and an unmetered one is the middleware's doing.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LedgerEntry, ProviderName } from '../../examples/provider/ledger.ts'
import { type Provider, startProvider } from '../../examples/provider/server.ts'
import { type ReceivedSpan, receiveOtlp } from '../../middleware/test/frameworks/otlp-receiver.ts'
import { until } from '../drive.ts'

/**
 * `bare`: without the middleware; `register`: an ES module under `node --import`; `late`: CommonJS that installs it
 * after it has made its client.
 */
export type Mode = 'bare' | 'register' | 'late'

export interface SdkRun {
  /** File of `sdk/`, without its ending. */
  file: string
  provider: ProviderName
  /** Role → name of an installed package. */
  packages: Readonly<Record<string, string>>
  /** Path of a Node. */
  node: string
  mode: Mode
  /** The provider's clock, milliseconds since the epoch. */
  clock: number
}

export interface PlayedCall {
  name: string
  /** How many requests it is made of. */
  makes: number
  /** The SDK stops reading without telling anybody: the call is not over, and fails not. */
  unread: boolean
  /** JSON of what it returned, or how it failed. */
  outcome: string
}

export interface SdkResult {
  calls: PlayedCall[]
  ledger: readonly LedgerEntry[]
  /** In the order in which they began. */
  spans: ReceivedSpan[]
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const DEADLINE_MS = 90_000

/** @throws {Error} with what it printed, when the process fails */
export async function runSdk(run: SdkRun): Promise<SdkResult> {
  const provider = await startProvider({ seed: 'sdks', now: () => run.clock })
  const receiver = await receiveOtlp()
  try {
    const calls = await runChild(run, provider, receiver.url)
    await until(() => provider.ledger.every(({ endedAt }) => endedAt !== undefined))
    const spans = receiver.spans.toSorted((a, b) => Number(a.startTime - b.startTime))
    return { calls, ledger: provider.ledger, spans }
  } finally {
    await Promise.all([provider.close(), receiver.close()])
  }
}

/**
 * Every Node forgets the signal of a `Request` whose call is under way when it collects garbage, so that giving up does
 * nothing: with the middleware or without. SDKs are compared, so children do not collect while they play.
 */
const LATE_COLLECTION = ['--min-semi-space-size=64', '--initial-old-space-size=1024']

function runChild(run: SdkRun, provider: Provider, endpoint: string): Promise<PlayedCall[]> {
  const { file, packages, node, mode } = run
  const url = provider.urls[run.provider]
  const { host, origin } = new URL(url)
  const options = { service: 'sdks', endpoint, hosts: { [host]: run.provider } }
  const task = {
    file,
    packages,
    url,
    ledger: `${new URL(provider.urls.openai).origin}/__ledger`,
    ...(mode === 'late' ? { install: options } : {}),
  }
  const program = mode === 'late' ? 'child.cjs' : 'child.mjs'
  const flags = mode === 'register' ? ['--import', '@spanmeter/middleware/register'] : []
  const child = spawn(node, [...LATE_COLLECTION, ...flags, program, JSON.stringify(task)], {
    cwd: HERE,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_NO_WARNINGS: '1',
      SPANMETER_SERVICE: options.service,
      SPANMETER_ENDPOINT: endpoint,
      SPANMETER_HOSTS: `${host}=${run.provider}`,
    },
  })
  let printed = ''
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding('utf8').on('data', (text) => {
      printed += text
    })
  }
  const calls: PlayedCall[] = []
  let done = false
  child.on('message', (message: PlayedCall | { done: true }) => {
    if ('done' in message) done = true
    else calls.push({ ...message, outcome: message.outcome.replaceAll(origin, 'http://provider') })
  })
  return new Promise((resolve, reject) => {
    const name = `${JSON.stringify(packages)} (${mode})`
    const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (done && (signal === 'SIGTERM' || code === 0)) resolve(calls)
      else {
        const last = calls.at(-1)?.name ?? 'no call'
        reject(new Error(`${name} ended with ${code ?? signal} after ${last}: ${printed}`))
      }
    })
  })
}
