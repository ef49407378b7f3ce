/** A collector that hears of ever more tenants: what it keeps of them is bounded. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { call, protobuf } from './spans.ts'

const TENANTS = 10_000
const ROUNDS = 4
const BATCH = 1_000
/** A little more than a hundred bytes for each of the twenty thousand that come after the second round. */
const MOST_GROWTH = (8 / 3) * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let dataDir: string
let collector: Collector
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-tenants-'))
  const config = readConfig(
    { SPANMETER_PORT: '0', SPANMETER_GRPC_PORT: 'none', SPANMETER_DATA_DIR: dataDir },
    // what is remembered to know repeats by is bounded, and full after the first round
    'spool: { maxAgeMs: 20 }\nreceive: { rememberSpans: 1000 }',
  )
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
})
afterAll(async () => {
  await collector?.close()
  await rm(dataDir, { recursive: true, force: true })
})

const nameOf = (number: number) => `tenant-${number.toString(36).padStart(12, '0')}-${'x'.repeat(40)}`

/** Sends a call of each tenant and asks about a hundred of them. */
async function round(index: number): Promise<void> {
  const at = Math.floor(Date.now() / 1000)
  for (let first = 0; first < TENANTS; first += BATCH) {
    const spans = Array.from({ length: BATCH }, (_, i) => {
      const number = index * TENANTS + first + i + 1
      const tenant = nameOf(number)
      return call(
        number,
        { 'spanmeter.tenant.id': tenant, 'user.id': `u-${tenant}`, 'spanmeter.feature': tenant },
        at,
      )
    })
    const sent = await fetch(`${collector.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(protobuf(spans)),
    })
    expect(sent.status).toBe(200)
    await sent.arrayBuffer()
  }
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(`${collector.url}/metrics`)).text()
      expect(metrics).toMatch(/^spanmeter_spool_segments 0$/m)
    },
    { timeout: 60_000, interval: 100 },
  )
  for (let i = 0; i < 100; i++) {
    const tenant = nameOf(index * TENANTS + i * 100 + 1)
    const response = await fetch(`${collector.url}/api/v1/usage/summary?period=today&tenant_id=${tenant}`)
    expect(response.status).toBe(200)
    await response.arrayBuffer()
  }
}

async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((done) => setTimeout(done, 50))
    collectGarbage()
  }
  return process.memoryUsage().heapUsed
}

test('ten thousand more tenants take no more memory', { timeout: 300_000 }, async () => {
  const after: number[] = []
  for (let index = 0; index < ROUNDS; index++) {
    await round(index)
    after.push(await heap())
  }
  const growth = (after.at(-1) ?? 0) - (after[1] ?? 0)
  expect(growth, `heap after each round: ${after.join(', ')} bytes`).toBeLessThan(MOST_GROWTH)
})
