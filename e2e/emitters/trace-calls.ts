/**
 * Runs one tool against a local provider and takes what it exports.
 *
 * Invariant: what is returned is what the tool sent, in the order in which it came, and the provider's ledger.
 */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { LedgerEntry } from '../../examples/provider/ledger.ts'
import { startProvider } from '../../examples/provider/server.ts'
import { until } from '../drive.ts'

/** One request of an OTLP exporter. */
export interface Export {
  type: string
  body: Buffer
}

export interface Traced {
  exports: Export[]
  ledger: readonly LedgerEntry[]
}

export interface TraceOptions {
  /** File of `emit/` without its ending. */
  name: string
  /** Meters the calls too: the flags and variables that `node` takes for it. */
  middleware?: boolean
  /** Command and arguments before the task; default this Node with `host.mjs`. */
  command?: readonly string[]
}

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @throws {Error} with what the process printed, when it fails */
export async function traceCalls({ name, middleware = false, command }: TraceOptions): Promise<Traced> {
  const provider = await startProvider({ seed: 'emitters' })
  const exports: Export[] = []
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const type = request.headers['content-type'] ?? ''
      if (request.url?.endsWith('/v1/traces')) exports.push({ type, body: Buffer.concat(parts) })
      response.writeHead(200, { 'content-type': type })
      response.end(type.includes('json') ? '{}' : '')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  try {
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    const hosts = Object.entries(provider.urls).map(([owner, url]) => `${new URL(url).host}=${owner}`)
    const [program = process.execPath, ...before] = command ?? [
      process.execPath,
      ...(middleware ? ['--import', '@spanmeter/middleware/register'] : []),
      'host.mjs',
    ]
    await run(program, [...before, JSON.stringify({ name, urls: provider.urls, endpoint })], {
      PATH: process.env.PATH ?? '',
      NODE_NO_WARNINGS: '1',
      SPANMETER_HOSTS: hosts.join(','),
    })
    await until(() => provider.ledger.every(({ endedAt }) => endedAt !== undefined))
    return { exports, ledger: provider.ledger }
  } finally {
    receiver.closeAllConnections()
    await new Promise((resolve) => receiver.close(resolve))
    await provider.close()
  }
}

function run(program: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = spawn(program, args, { cwd: HERE, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
  let printed = ''
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text) => {
      printed += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${args.at(-1)} ended with ${code}: ${printed}`))
    })
  })
}
