/**
 * CPU time that the middleware adds to a service: per JSON call and per chunk of a stream.
 *
 * Invariant: the bare and the metered service are processes of their own that take turns every few calls, against
 * one server in a third; what counts is the CPU time that each has used from one turn's end to the next, with
 * garbage collection, other threads and the sending of spans. The middleware is what users install: its build,
 * made from the sources as they are now.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchOptions, Figure } from './figure.ts'
import { run as besideOthers } from './instrumentations.ts'
import { buildMiddleware } from './peers/build-middleware.ts'
import { CHUNKS } from './peers/chunks.ts'
import type { ClientOptions, Side, Work } from './peers/client.ts'

export const description: string =
  'CPU time that metering adds over bare fetch, against our own limits of 15 us a call and 1 us a chunk'

const CALL_LIMIT = 15
const CHUNK_LIMIT = 1
/** What noise made less than this counts as this in a ratio, so that a ratio keeps its meaning. */
const LEAST = 0.01
/** Microseconds until the first chunk of a stream is there. */
const FIRST_BYTE_LIMIT = 100
const HEAP_LIMIT = 4_096
/** More than this stays behind only where something is kept for each call. */
const GROWTH_LIMIT = 1_048_576

interface Load {
  /** Results. */
  rounds: number
  /** Times that each side has its turn in a round. */
  turns: number
  /** Pieces of work in a turn: in few, what the other side left in the caches counts for more than the work. */
  size: number
  /** Pieces of work on each side before anything counts: what compiles meanwhile uses CPU of other threads. */
  warmUp: number
}

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  const middleware = await buildMiddleware()
  const limited = (name: string, value: number, unit: string, limit: number) =>
    report({ name, value, unit, against: `limit of ${limit} us`, ratio: limit / Math.max(LEAST, value) })
  const calls: Load = quick
    ? { rounds: 8, turns: 2, size: 200, warmUp: 6_000 }
    : { rounds: 20, turns: 4, size: 500, warmUp: 15_000 }
  const streams: Load = quick
    ? { rounds: 6, turns: 6, size: 2, warmUp: 20 }
    : { rounds: 20, turns: 10, size: 3, warmUp: 60 }
  const peers: ChildProcess[] = []
  const clients: ChildProcess[] = []
  try {
    const servers = [startServer('provider'), startServer('receiver')]
    peers.push(...servers)
    const [provider = '', receiver = ''] = await Promise.all(servers.map(hostOf))
    const client = async (side: Side, fromMemory = false): Promise<ChildProcess> => {
      const endpoint = `http://${receiver}`
      const started = startClient({ side, provider, endpoint, middleware, fromMemory })
      clients.push(started)
      await once(started, 'message')
      return started
    }
    /** Each comparison has a bare service of its own, which is no further warmed up than the other. */
    const against = async (side: Side): Promise<[ChildProcess, ChildProcess]> => [
      await client('bare'),
      await client(side),
    ]
    const sending = await against('endpoint')
    limited('capture_call', await compare(...sending, 'call', calls), 'us/call', CALL_LIMIT)
    const perStream = await compare(...sending, 'stream', streams)
    limited('capture_chunk', perStream / CHUNKS, 'us/chunk', CHUNK_LIMIT)

    // A service with OpenTelemetry of its own, and what its SDK takes for such a span: nobody gets below that.
    const hosted = await against('host-provider')
    const call = await compare(...hosted, 'call', calls)
    limited('capture_call_host_provider', call, 'us/call', CALL_LIMIT)
    limited('span_only', await timeOf(hosted[1], 'span', calls), 'us/span', CALL_LIMIT)

    // What any AsyncLocalStorage takes, which a service that knows whose request it serves has anyway.
    const inContext = await against('context')
    limited('context_only', await compare(...inContext, 'call', calls), 'us/call', CALL_LIMIT)

    const waits: Load = { ...streams, turns: 1, size: quick ? 10 : 40 }
    limited('first_byte', await difference(...sending, 'first-byte', waits), 'us', FIRST_BYTE_LIMIT)
    const held = { ...streams, rounds: quick ? 1 : 5, turns: 1, size: 200, warmUp: 20 }
    const bytes = await difference(...sending, 'open-streams', held)
    report({
      name: 'heap_per_stream',
      value: bytes,
      unit: 'bytes/stream',
      against: `limit of ${HEAP_LIMIT} bytes`,
      ratio: HEAP_LIMIT / Math.max(1, bytes),
    })
    const times = quick ? 20_000 : 1_000_000
    const long = await client('endpoint', true)
    const grown = await turn(long, 'growth', times)
    report({
      name: 'growth',
      value: grown,
      unit: 'bytes',
      against: `limit of ${GROWTH_LIMIT} bytes over ${times} calls`,
      ratio: GROWTH_LIMIT / Math.max(1, grown),
    })
  } finally {
    for (const one of clients) one.disconnect()
    for (const one of peers) one.stdin?.end()
  }
  // Beside others, through an SDK; they are installed when this runs for the first time.
  if (!quick) await besideOthers(report, { quick })
}

/** Median over rounds of what `metered` takes beyond `bare`, in microseconds of CPU per piece of work. */
async function compare(
  bare: ChildProcess,
  metered: ChildProcess,
  kind: Work,
  { rounds, turns, size, warmUp }: Load,
): Promise<number> {
  const sides = [bare, metered] as const
  for (const side of sides) await turn(side, kind, warmUp)
  const differences: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = [await turn(bare, kind, size), await turn(metered, kind, size)] as const
    let after = before
    for (let index = 0; index < turns; index++) {
      after = [await turn(bare, kind, size), await turn(metered, kind, size)]
    }
    differences.push((after[1] - before[1] - (after[0] - before[0])) / (turns * size))
  }
  return median(differences)
}

/** Median over rounds of what `metered` gives beyond `bare`, for work that gives a result of its own. */
async function difference(
  bare: ChildProcess,
  metered: ChildProcess,
  kind: Work,
  { rounds, size, warmUp }: Load,
): Promise<number> {
  for (const side of [bare, metered]) await turn(side, kind, warmUp)
  const differences: number[] = []
  for (let round = 0; round < rounds; round++) {
    const [first, second] = round % 2 === 0 ? [bare, metered] : [metered, bare]
    const results = [await turn(first, kind, size), await turn(second, kind, size)] as const
    differences.push(round % 2 === 0 ? results[1] - results[0] : results[0] - results[1])
  }
  return median(differences)
}

async function timeOf(client: ChildProcess, kind: Work, load: Load): Promise<number> {
  const times: number[] = []
  let before = await turn(client, kind, load.warmUp)
  for (let round = 0; round < load.rounds; round++) {
    const after = await turn(client, kind, load.turns * load.size)
    times.push((after - before) / (load.turns * load.size))
    before = after
  }
  return median(times)
}

/** @returns microseconds of CPU that the client has used since it started, or what the work gives */
async function turn(client: ChildProcess, kind: Work, times: number): Promise<number> {
  const gone = new AbortController()
  const exit = () => gone.abort(new Error(`cannot measure: the client ended with code ${client.exitCode}`))
  client.once('exit', exit)
  try {
    client.send({ kind, times })
    const [used] = await once(client, 'message', { signal: gone.signal })
    return used
  } finally {
    client.off('exit', exit)
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

function peer(name: string): string {
  return fileURLToPath(new URL(`peers/${name}.ts`, import.meta.url))
}

function startServer(name: string): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, peer(name)], { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function hostOf(server: ChildProcess): Promise<string> {
  const [port] = server.stdout ? await once(server.stdout, 'data') : []
  return `127.0.0.1:${String(port).trim()}`
}

function startClient(options: ClientOptions): ChildProcess {
  return fork(peer('client'), [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}
