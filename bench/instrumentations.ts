/**
 * CPU time that metering adds to a call through the official `openai` SDK, beside other instrumentations.
 *
 * Invariant: every side is a process of its own with the same SDK and loop; they take turns block by block, and
 * what is compared is the difference to the bare SDK in the same round. A side that does not end one span for
 * each call is not compared but named.
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
const SIDES = ['bare', 'spanmeter', ...PEERS] as const
type Side = (typeof SIDES)[number]
type Kind = 'json' | 'stream'

const folder = fileURLToPath(new URL('instrumentations/', import.meta.url))
const built = new URL('../middleware/dist/esm/index.js', import.meta.url)

interface Client {
  process: ChildProcess
  importMs: number
  /** CPU microseconds per call. */
  measure(kind: Kind, count: number): Promise<number>
}

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  install()
  const server = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL('peers/provider.ts', import.meta.url))],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const clients = new Map<Side, Client>()
  try {
    const [port] = await once(server.stdout, 'data')
    const base = `http://127.0.0.1:${String(port).trim()}/v1`
    for (const side of SIDES) clients.set(side, await startClient(side, base))
    const json = await compare(clients, 'json', quick ? { rounds: 6, size: 60 } : { rounds: 30, size: 200 })
    for (const peer of PEERS) reportAdded(report, 'cpu_per_call', peer, json, 1)
    const stream = await compare(clients, 'stream', quick ? { rounds: 6, size: 4 } : { rounds: 30, size: 12 })
    for (const peer of PEERS) reportAdded(report, 'cpu_per_chunk', peer, stream, CHUNKS)
    for (const peer of PEERS) {
      const [ours, theirs] = [clients.get('spanmeter')?.importMs ?? 0, clients.get(peer)?.importMs ?? 0]
      report({
        name: `load/${peer}`,
        value: ours,
        unit: 'ms',
        against: `${peer}: ${theirs.toFixed(1)} ms to load and switch on`,
        ratio: theirs / ours,
      })
    }
  } finally {
    for (const { process: child } of clients.values()) child.kill()
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

async function startClient(side: Side, base: string): Promise<Client> {
  const child = spawn(process.execPath, ['--expose-gc', `${folder}client.cjs`, side, base, built.href], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`cannot measure ${side}: its process ended; see its message above`)
    return JSON.parse(value)
  }
  const { importMs } = await next()
  return {
    process: child,
    importMs,
    async measure(kind, count) {
      child.stdin.write(`${kind} ${count}\n`)
      const { us, spans } = await next()
      const wanted = side === 'bare' ? 0 : count
      if (spans !== wanted)
        throw new Error(`cannot compare ${side}: ${spans} spans for ${count} calls; look at client.cjs`)
      return us
    },
  }
}

/** Median over the rounds of what each side takes more than the bare one, CPU microseconds per call. */
async function compare(
  clients: ReadonlyMap<Side, Client>,
  kind: Kind,
  { rounds, size }: { rounds: number; size: number },
): Promise<Map<Side, number>> {
  const added = new Map<Side, number[]>(SIDES.map((side) => [side, []]))
  for (let round = -2; round < rounds; round++) {
    const took = new Map<Side, number>()
    // the order turns round, so that no side always follows the same one
    const order = SIDES.map((_, index) => SIDES[(index + round + SIDES.length) % SIDES.length] as Side)
    for (const side of order) took.set(side, (await clients.get(side)?.measure(kind, size)) ?? 0)
    if (round < 0) continue
    for (const side of SIDES) added.get(side)?.push((took.get(side) ?? 0) - (took.get('bare') ?? 0))
  }
  return new Map([...added].map(([side, values]) => [side, median(values)]))
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function reportAdded(
  report: (figure: Figure) => void,
  name: string,
  peer: Side,
  added: ReadonlyMap<Side, number>,
  parts: number,
): void {
  const ours = (added.get('spanmeter') ?? 0) / parts
  const theirs = (added.get(peer) ?? 0) / parts
  report({
    name: `${name}/${peer}`,
    value: ours,
    unit: parts === 1 ? 'us/call' : 'us/chunk',
    against: `${peer}: ${theirs.toFixed(2)} us`,
    ratio: theirs / ours,
  })
}
