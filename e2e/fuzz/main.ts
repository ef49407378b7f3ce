/**
 * `npm run fuzz`: damaged requests to a real collector; each gets an answer, and the collector stays as it was.
 *
 * Invariant: a run fails when the collector ends, does not answer, answers with an error of its own, or needs more
 * and more memory. Every finding is printed with the number of its request, which `--seed` gives again.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../examples/provider/random.ts'
import { freePort } from '../processes.ts'
import { CollectorProcess } from '../torture/collector-process.ts'
import { type Endpoint, type Parameter, queryPayload, receiverPayload } from './payloads.ts'
import { closeConnections, sendGrpc, sendHttp } from './send.ts'

const HELP = `npm run fuzz: damaged requests to the receivers and the API

usage: npm run fuzz -- [--count 100000] [--seed TEXT] [--json]
`
const CONNECTIONS = 8
/** Of the requests go to the API: each is a query of the store. */
const QUERY_SHARE = 0.02
const MAX_GROWTH = 1.3
const SPARE_BYTES = 30e6

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{ count: { type: 'string', default: '100000' }, seed: { type: 'string' } },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const count = Number(values.count)
  if (!Number.isInteger(count) || count < 1) {
    process.stderr.write(`cannot understand --count ${values.count}: give a whole number\n`)
    return 2
  }
  return await fuzz(count, values.seed ?? String(Date.now()), values.json)
}

async function fuzz(count: number, seed: string, json: boolean): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'spanmeter-fuzz-'))
  const config = join(root, 'config.yaml')
  await writeFile(config, 'logLevel: error\nreceive: { rememberSpans: 20000 }\n')
  const grpcPort = await freePort()
  const env = { SPANMETER_GRPC_PORT: String(grpcPort) }
  const collector = await CollectorProcess.create({ dataDir: join(root, 'data'), config, env })
  const statuses = new Map<string, number>()
  const findings: string[] = []
  const heap: number[] = []
  const began = performance.now()
  let sent = 0
  try {
    await collector.start()
    const endpoints = await readEndpoints(collector.url)
    const worker = async () => {
      while (sent < count && findings.length < 20) {
        const number = ++sent
        const random = seededRandom(`${seed} ${number}`)
        const payload =
          random() < QUERY_SHARE ? queryPayload(random, endpoints) : receiverPayload(random, true)
        const wrong =
          payload.kind === 'grpc'
            ? await sendGrpc(grpcPort, payload, statuses)
            : await sendHttp(collector.url, payload, statuses)
        if (wrong !== undefined) findings.push(`request ${number} of seed ${seed}: ${wrong}`)
        if (number % Math.ceil(count / 20) === 0) {
          heap.push(await collector.metric('nodejs_heap_size_used_bytes'))
          process.stderr.write(`${number} of ${count}, heap ${Math.round((heap.at(-1) ?? 0) / 1e6)} MB\n`)
        }
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
    if ((await fetch(`${collector.url}/healthz`)).status !== 200) findings.push('the collector is not well')
    // what garbage collection leaves is the least of several looks
    const third = Math.max(1, Math.floor(heap.length / 3))
    const [early, late] = [Math.min(...heap.slice(0, third)), Math.min(...heap.slice(-third))]
    if (late > early * MAX_GROWTH + SPARE_BYTES) findings.push(`the heap grew from ${early} to ${late} bytes`)
    const result = {
      ...{
        requests: sent,
        findings: findings.length,
        seconds: Math.round((performance.now() - began) / 1000),
        seed,
      },
      heap_early_bytes: early,
      heap_late_bytes: late,
      answers: Object.fromEntries([...statuses].sort()),
    }
    for (const finding of findings) process.stderr.write(`${finding}\n`)
    process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`)
    return findings.length === 0 ? 0 : 1
  } finally {
    closeConnections()
    await collector.kill()
    await rm(root, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
  }
}

async function readEndpoints(url: string): Promise<Endpoint[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, { get?: { parameters?: Parameter[] } }>
  }
  return Object.entries(document.paths).flatMap(([path, { get }]) =>
    get === undefined ? [] : [{ path, parameters: get.parameters ?? [] }],
  )
}

process.exitCode = await main()
