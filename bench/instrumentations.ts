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
/** What noise made less than this counts as this in a ratio, so that a ratio keeps its meaning. */
const LEAST = 0.01

const folder = fileURLToPath(new URL('instrumentations/', import.meta.url))
const built = new URL('../middleware/dist/esm/index.js', import.meta.url)

/** Per side, what it takes beyond the bare one. */
type Added = ReadonlyMap<Side, number>

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
  const json: Added[] = []
  const stream: Added[] = []
  const loaded: Added[] = []
  try {
    const [port] = await once(server.stdout, 'data')
    const base = `http://127.0.0.1:${String(port).trim()}/v1`
    // Two processes that run the same code differ by more than what is measured here; so there are several of each.
    for (let generation = 0; generation < (quick ? 1 : 5); generation++) {
      const clients = new Map<Side, Client>()
      try {
        for (const side of SIDES) clients.set(side, await startClient(side, base))
        loaded.push(new Map([...clients].map(([side, { importMs }]) => [side, importMs])))
        json.push(await compare(clients, 'json', { rounds: 12, size: 150, warmUp: quick ? 3_000 : 6_000 }))
        stream.push(await compare(clients, 'stream', { rounds: 12, size: 4, warmUp: quick ? 30 : 60 }))
      } finally {
        for (const { process: child } of clients.values()) child.kill()
      }
    }
    for (const peer of PEERS) reportAdded(report, `cpu_per_call/${peer}`, 'us/call', peer, json, 1)
    for (const peer of PEERS) reportAdded(report, `cpu_per_chunk/${peer}`, 'us/chunk', peer, stream, CHUNKS)
    for (const peer of PEERS) reportAdded(report, `import/${peer}`, 'ms', peer, loaded, 1)
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

async function startClient(side: Side, base: string): Promise<Client> {
  const child = spawn(process.execPath, [`${folder}client.cjs`, side, base, built.href], {
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

/** What each side takes more than the bare one in its least disturbed turns, CPU microseconds per call. */
async function compare(
  clients: ReadonlyMap<Side, Client>,
  kind: Kind,
  { rounds, size, warmUp }: { rounds: number; size: number; warmUp: number },
): Promise<Added> {
  for (const client of clients.values()) await client.measure(kind, warmUp)
  const took = new Map<Side, number[]>(SIDES.map((side) => [side, []]))
  for (let round = 0; round < rounds; round++) {
    // the order turns round, so that no side always follows the same one
    const order = SIDES.map((_, index) => SIDES[(index + round) % SIDES.length] as Side)
    for (const side of order) took.get(side)?.push((await clients.get(side)?.measure(kind, size)) ?? 0)
  }
  const typical = (side: Side) => quantile(took.get(side) ?? [], 0.25)
  return new Map(SIDES.map((side) => [side, typical(side) - typical('bare')]))
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0
}

function reportAdded(
  report: (figure: Figure) => void,
  name: string,
  unit: string,
  peer: Side,
  generations: readonly Added[],
  parts: number,
): void {
  const of = (side: Side) => generations.map((added) => (added.get(side) ?? 0) / parts)
  const [ours, theirs] = [quantile(of('spanmeter'), 0.5), quantile(of(peer), 0.5)]
  const range = (values: number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
  report({
    name,
    value: ours,
    unit,
    against: `${peer}: ${theirs.toFixed(2)} (${range(of(peer))}); ours ${range(of('spanmeter'))}`,
    ratio: Math.max(theirs, LEAST) / Math.max(ours, LEAST),
  })
}
