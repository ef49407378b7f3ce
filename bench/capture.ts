/**
 * CPU time that the middleware adds to a service: per JSON call and per chunk of a stream.
 *
 * Invariant: bare and metered calls take turns in one process, because two processes that do the same differ by more
 * than what is measured here; the server is another process. What counts is the CPU time from one turn's end to the
 * next, with garbage collection, other threads and the sending of spans. The middleware is what users install: its
 * build, made from the sources as they are now.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchOptions, Figure } from './figure.ts'
import { run as besideOthers } from './instrumentations.ts'
import { buildMiddleware } from './peers/build-middleware.ts'
import { CHUNKS } from './peers/chunks.ts'
import type { ClientOptions, Turn, Work } from './peers/client.ts'

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
  /** Pieces of work in a turn: in few, what the other side left in the caches counts for more than the work. */
  size: number
  /** Pieces of work on each side before anything counts: what compiles meanwhile uses CPU of other threads. */
  warmUp: number
}

/** What has its turn: a service, whose calls are metered or bare. */
interface Side {
  client: ChildProcess
  bare: boolean
}

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  const middleware = await buildMiddleware()
  const limited = (name: string, value: number, unit: string, limit: number) =>
    report({ name, value, unit, against: `limit of ${limit} us`, ratio: limit / Math.max(LEAST, value) })
  const calls: Load = quick
    ? { rounds: 5, size: 300, warmUp: 3_000 }
    : { rounds: 40, size: 500, warmUp: 15_000 }
  const streams: Load = quick ? { rounds: 8, size: 10, warmUp: 30 } : { rounds: 40, size: 12, warmUp: 100 }
  const peers: ChildProcess[] = []
  const clients: ChildProcess[] = []
  try {
    const servers = [startServer('provider'), startServer('receiver')]
    peers.push(...servers)
    const [[provider = '', bareProvider = ''] = [], [receiver = ''] = []] = await Promise.all(
      servers.map(hostsOf),
    )
    const client = async (metered: ClientOptions['metered'], fromMemory = false): Promise<ChildProcess> => {
      const endpoint = `http://${receiver}`
      const started = startClient({ metered, provider, bareProvider, endpoint, middleware, fromMemory })
      clients.push(started)
      await once(started, 'message')
      return started
    }
    const inside = (one: ChildProcess): [Side, Side] => [
      { client: one, bare: true },
      { client: one, bare: false },
    ]
    const sending = inside(await client('endpoint'))
    limited('capture_call', await compare(sending, 'call', calls), 'us/call', CALL_LIMIT)
    const perStream = await compare(sending, 'stream', streams)
    limited('capture_chunk', perStream / CHUNKS, 'us/chunk', CHUNK_LIMIT)

    // A service with OpenTelemetry of its own, and what its SDK takes for such a span: nobody gets below that.
    const hosted = inside(await client('host-provider'))
    const call = await compare(hosted, 'call', calls)
    limited('capture_call_host_provider', call, 'us/call', CALL_LIMIT)
    limited('span_only', await timeOf(hosted[1], 'span', calls), 'us/span', CALL_LIMIT)

    // What any AsyncLocalStorage takes, which a service that knows whose request it serves has anyway. Once one is
    // there, all that the process does costs more: so these are two processes.
    const inContext: [Side, Side] = [
      { client: await client('nothing'), bare: true },
      { client: await client('context'), bare: true },
    ]
    limited('context_only', await compare(inContext, 'call', calls), 'us/call', CALL_LIMIT)

    const waits: Load = { ...streams, rounds: quick ? 8 : 20, size: quick ? 40 : 100, warmUp: 400 }
    limited('first_byte', await difference(sending, 'first-byte', waits), 'us', FIRST_BYTE_LIMIT)
    const held = { ...streams, rounds: quick ? 2 : 5, size: 200, warmUp: 200 }
    const bytes = await difference(sending, 'open-streams', held)
    report({
      name: 'heap_per_stream',
      value: bytes,
      unit: 'bytes/stream',
      against: `limit of ${HEAP_LIMIT} bytes`,
      ratio: HEAP_LIMIT / Math.max(1, bytes),
    })
    const times = quick ? 20_000 : 1_000_000
    const grown = await turn({ client: await client('endpoint', true), bare: false }, 'growth', times)
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

/**
 * Median over rounds of what the second side takes beyond the first one, which have their turns in the order ABBA,
 * in microseconds of CPU for each piece of work.
 */
async function compare(sides: readonly [Side, Side], kind: Work, load: Load): Promise<number> {
  const differences: number[] = []
  await takeTurns(sides, kind, load, ([first, second, third, fourth]) => {
    differences.push((second + third - first - fourth) / (2 * load.size))
  })
  return median(differences)
}

/** As {@link compare}, of work that gives a result of its own: what the second side's typical one is beyond the first's. */
async function difference(sides: readonly [Side, Side], kind: Work, load: Load): Promise<number> {
  const results: [number[], number[]] = [[], []]
  await takeTurns(sides, kind, load, ([first, second, third, fourth]) => {
    results[0].push(first, fourth)
    results[1].push(second, third)
  })
  return median(results[1]) - median(results[0])
}

/** @param take is given what each turn of a round gave */
async function takeTurns(
  [a, b]: readonly [Side, Side],
  kind: Work,
  { rounds, size, warmUp }: Load,
  take: (turns: [number, number, number, number]) => void,
): Promise<void> {
  const once = (side: Side) => turn(side, kind, size)
  for (const side of [a, b, a]) await turn(side, kind, warmUp)
  for (let round = 0; round < rounds; round++) {
    take([await once(a), await once(b), await once(b), await once(a)])
  }
}

async function timeOf(side: Side, kind: Work, load: Load): Promise<number> {
  await turn(side, kind, load.warmUp)
  const times: number[] = []
  for (let round = 0; round < load.rounds; round++) {
    times.push((await turn(side, kind, load.size)) / load.size)
  }
  return median(times)
}

/** @returns microseconds of CPU since the end of the service's last turn, or what the work gives */
async function turn({ client, bare }: Side, kind: Work, times: number): Promise<number> {
  const gone = new AbortController()
  const exit = () => gone.abort(new Error(`cannot measure: the client ended with code ${client.exitCode}`))
  client.once('exit', exit)
  try {
    client.send({ kind, times, bare } satisfies Turn)
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

async function hostsOf(server: ChildProcess): Promise<string[]> {
  const [ports] = server.stdout ? await once(server.stdout, 'data') : []
  return String(ports)
    .trim()
    .split(' ')
    .map((port) => `127.0.0.1:${port}`)
}

function startClient(options: ClientOptions): ChildProcess {
  return fork(peer('client'), [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}
