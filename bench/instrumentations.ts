/**
 * CPU time that metering adds to a call through the official `openai` SDK, beside other instrumentations.
 *
 * Invariant: every peer has processes of its own, in which calls with it and calls without it take turns in the order
 * ABBA: two processes that do the same differ by more than what is measured here. A peer that does not end one span
 * for each of its calls, or ends one for a bare call, is not compared but named. `nobody` shows what such a difference
 * is where there is none.
 *
 * The peers are installed into `bench/instrumentations` when this runs for the first time: nobody else needs them.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BenchOptions, Figure } from './figure.ts'
import { CHUNKS } from './peers/chunks.ts'

export const description: string =
  'CPU time that metering adds to a call of the openai SDK, against OpenTelemetry, OpenLLMetry, OpenInference and OpenLIT'

const PEERS = ['opentelemetry', 'openllmetry', 'openinference', 'openlit'] as const
const MEASURED = ['nobody', 'spanmeter', ...PEERS] as const
type Peer = (typeof MEASURED)[number]
type Kind = 'json' | 'stream'
/** What noise made less than this counts as this in a ratio, so that a ratio keeps its meaning. */
const LEAST = 0.01

const folder = fileURLToPath(new URL('instrumentations/', import.meta.url))
const built = new URL('../middleware/dist/esm/index.js', import.meta.url)

interface Load {
  /** Differences that are measured, of two turns on each side. */
  rounds: number
  /** Calls in a turn. */
  size: number
  /** Calls on each side before anything counts. */
  warmUp: number
}

/** Differences, one a process: CPU microseconds per call, or milliseconds. */
type Results = Record<Kind | 'import', number[]>

interface Client {
  process: ChildProcess
  importMs: number
  /** CPU microseconds per call, of calls with the peer or bare ones. */
  measure(side: 'with' | 'bare', kind: Kind, count: number): Promise<number>
}

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  install()
  const server = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL('peers/provider.ts', import.meta.url))],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  // in all 20,000 calls of each peer count
  const json: Load = quick
    ? { rounds: 10, size: 50, warmUp: 1_500 }
    : { rounds: 34, size: 100, warmUp: 5_000 }
  const stream: Load = quick ? { rounds: 6, size: 4, warmUp: 20 } : { rounds: 20, size: 6, warmUp: 60 }
  const results = new Map<Peer, Results>(MEASURED.map((peer) => [peer, { json: [], stream: [], import: [] }]))
  try {
    const [ports] = await once(server.stdout, 'data')
    const urls = String(ports)
      .trim()
      .split(' ')
      .map((port) => `http://127.0.0.1:${port}/v1`)
    for (let generation = 0; generation < (quick ? 1 : 3); generation++) {
      for (const peer of MEASURED) {
        const client = await startClient(peer, urls)
        try {
          results.get(peer)?.import.push(client.importMs)
          results.get(peer)?.json.push(await difference(client, 'json', json))
          results.get(peer)?.stream.push(await difference(client, 'stream', stream))
        } finally {
          client.process.kill()
        }
      }
    }
    for (const peer of PEERS) reportPeer(report, `cpu_per_call/${peer}`, 'us/call', peer, 'json', results)
    for (const peer of PEERS) reportPeer(report, `cpu_per_chunk/${peer}`, 'us/chunk', peer, 'stream', results)
    for (const peer of PEERS) reportPeer(report, `import/${peer}`, 'ms', peer, 'import', results)
  } finally {
    server.stdin.end()
  }
}

function install(): void {
  if (!existsSync(built)) {
    throw new Error('cannot measure the middleware: it is not built; run npm run build -w middleware first')
  }
  if (existsSync(`${folder}node_modules/openlit`)) return
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot install the peers in ${folder}: ${stderr}`)
}

async function startClient(peer: Peer, urls: readonly string[]): Promise<Client> {
  const child = spawn(process.execPath, [`${folder}client.cjs`, peer, ...urls, built.href], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`cannot measure ${peer}: its process ended; see its message above`)
    return JSON.parse(value)
  }
  const { importMs } = await next()
  return {
    process: child,
    importMs,
    async measure(side, kind, count) {
      child.stdin.write(`${side} ${kind} ${count}\n`)
      const { us, spans } = await next()
      const wanted = side === 'bare' || peer === 'nobody' ? 0 : count
      if (spans !== wanted)
        throw new Error(`cannot compare ${peer}: ${spans} spans for ${count} calls; look at client.cjs`)
      return us
    },
  }
}

/** What calls with the peer take more than bare ones: the median over rounds, CPU microseconds per call. */
async function difference(client: Client, kind: Kind, { rounds, size, warmUp }: Load): Promise<number> {
  for (const side of ['bare', 'with', 'bare'] as const) await client.measure(side, kind, warmUp)
  const differences: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = await client.measure('bare', kind, size)
    const added = (await client.measure('with', kind, size)) + (await client.measure('with', kind, size))
    differences.push((added - before - (await client.measure('bare', kind, size))) / 2)
  }
  return median(differences)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

function reportPeer(
  report: (figure: Figure) => void,
  name: string,
  unit: string,
  peer: Peer,
  kind: Kind | 'import',
  results: ReadonlyMap<Peer, Results>,
): void {
  const of = (one: Peer) =>
    (results.get(one)?.[kind] ?? []).map((value) => (kind === 'stream' ? value / CHUNKS : value))
  const range = (values: number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
  const [ours, theirs] = [median(of('spanmeter')), median(of(peer))]
  report({
    name,
    value: ours,
    unit,
    against: `${peer}: ${theirs.toFixed(2)} (${range(of(peer))}); ours ${range(of('spanmeter'))}; nobody ${range(of('nobody'))}`,
    ratio: Math.max(theirs, LEAST) / Math.max(ours, LEAST),
  })
}
