/** The ledger of a real collector that is killed in the middle of its writes, again and again. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount, type LeaseRequest, type LeaseResponse, parseAmount } from '@spanmeter/middleware/quota'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Running, start } from './process.ts'

const CONFIG = `
leases: { ttl: 1s, longestRequest: 1s }
budgets:
  - { id: tenant, scope: { tenant: '*' }, limit: 100, period: year }
  - { id: window, limit: 100000, period: { rolling: 30d } }
`
const TENANTS = 20
const KILLS = process.env.SPANMETER_FULL_MATRIX === '1' ? 12 : 5

let dataDir: string
let env: Record<string, string>
let running: Running | undefined

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-ledger-crash-'))
  const config = join(dataDir, 'config.yaml')
  await writeFile(config, CONFIG)
  env = { SPANMETER_DATA_DIR: join(dataDir, 'data'), SPANMETER_CONFIG: config }
})
afterEach(async () => {
  await running?.end('SIGKILL')
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20 })
})

/** One account as an instance knows it; amounts in 1e-12. */
interface Lease {
  lease: number
  budget: string
  subject: { tenant?: string }
  period?: string
  settled: bigint
  /** What the collector has acknowledged of it. */
  acknowledged: bigint
  ceiling: bigint
}

/** A service that spends what it is granted, a whole one at a time, and reports until the collector is gone. */
class Instance {
  readonly leases: Lease[]
  readonly #id: string
  #seq = 0

  constructor(id: string) {
    this.#id = id
    this.leases = Array.from({ length: TENANTS }, (_, i) => ({
      ...{ lease: i + 1, budget: 'tenant', subject: { tenant: `t${i}` } },
      ...{ settled: 0n, acknowledged: 0n, ceiling: 0n },
    }))
    this.leases.push({
      ...{ lease: TENANTS + 1, budget: 'window', subject: {} },
      ...{ settled: 0n, acknowledged: 0n, ceiling: 0n },
    })
  }

  /** @param last it wants nothing more, and hands back what it has @returns whether an answer came */
  async report(url: string, last = false): Promise<boolean> {
    for (const lease of this.leases) if (lease.ceiling >= lease.settled + ONE && !last) lease.settled += ONE
    const sent = this.leases.map(({ settled }) => settled)
    const request: LeaseRequest = {
      ...{ instance: this.#id, seq: ++this.#seq, version: '' },
      accounts: this.leases.map(({ lease, budget, subject, period, settled, ceiling }) => ({
        ...{ lease, budget, subject, settled: formatAmount(settled), held: '0' },
        ...(period === undefined ? {} : { period }),
        ceiling: formatAmount(last ? settled : ceiling),
        ...{ need: last ? '0' : '1', want: '0' },
      })),
    }
    try {
      const response = await fetch(`${url}/v1/leases`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      })
      if (response.status !== 200) return false
      const { accounts } = (await response.json()) as LeaseResponse
      for (const state of accounts) {
        const index = state.lease - 1
        const lease = this.leases[index]
        if (!lease) continue
        lease.period = state.period
        lease.ceiling = parseAmount(state.ceiling)
        lease.acknowledged = sent[index] as bigint
      }
      return true
    } catch {
      return false
    }
  }
}
const ONE = 10n ** 12n

interface View {
  budget: string
  scope: { tenant?: string }
  committed: string
  held: string
  leased: string
  limit: string
}

async function views(url: string): Promise<View[]> {
  const response = await fetch(`${url}/api/v1/budgets`)
  return ((await response.json()) as { budgets: View[] }).budgets
}

const nameOf = ({
  budget,
  scope,
  subject,
}: {
  budget: string
  scope?: View['scope']
  subject?: View['scope']
}) => `${budget} ${(scope ?? subject)?.tenant ?? ''}`

test('loses nothing, counts nothing twice, and leaves nothing held', { timeout: 600_000 }, async () => {
  const instances = Array.from({ length: 4 }, (_, i) => new Instance(`i${i}`))
  const ledger = join(env.SPANMETER_DATA_DIR as string, 'budgets', 'ledger')
  for (let kill = 0; kill < KILLS; kill++) {
    running = await start(env)
    const { url, end } = running
    let over = false
    const work = instances.map(async (instance) => {
      while (!over) await instance.report(url)
    })
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 400))
    await end('SIGKILL')
    over = true
    await Promise.all(work)
    // As of a machine that lost its power within a write.
    const text = await readFile(ledger, 'utf8').catch(() => '')
    const torn = text.trimEnd().split('\n').at(-1) ?? ''
    if (kill % 3 === 1) await appendFile(ledger, torn.slice(0, Math.floor(torn.length * Math.random())))
    if (kill % 3 === 2) await appendFile(ledger, '\0'.repeat(100))
  }

  running = await start(env)
  const acknowledged = new Map<string, bigint>()
  for (const instance of instances) {
    for (const lease of instance.leases) {
      const name = nameOf(lease)
      acknowledged.set(name, (acknowledged.get(name) ?? 0n) + lease.acknowledged)
    }
  }
  // Before anybody reports again: what was acknowledged is there.
  for (const view of await views(running.url)) {
    const least = acknowledged.get(nameOf(view)) ?? 0n
    expect(parseAmount(view.committed) >= least, `${nameOf(view)}: ${view.committed}`).toBe(true)
    expect(parseAmount(view.committed) + parseAmount(view.leased) <= parseAmount(view.limit)).toBe(true)
  }
  // Once everybody has reported: that, and nothing beside it.
  const { url } = running
  for (const instance of instances) expect(await instance.report(url, true)).toBe(true)
  const spent = new Map<string, bigint>()
  for (const instance of instances) {
    for (const lease of instance.leases)
      spent.set(nameOf(lease), (spent.get(nameOf(lease)) ?? 0n) + lease.settled)
  }
  const settled = await views(url)
  expect(settled).toHaveLength(TENANTS + 1)
  expect(Object.fromEntries(settled.map((view) => [nameOf(view), view.committed]))).toEqual(
    Object.fromEntries([...spent].map(([name, amount]) => [name, formatAmount(amount)])),
  )
  expect(new Set(settled.flatMap(({ held, leased }) => [held, leased]))).toEqual(new Set(['0']))

  // Somebody new gets all that is left.
  const other = new Instance('other')
  expect(await other.report(url)).toBe(true)
  for (const lease of other.leases) {
    const room = parseAmount(lease.budget === 'tenant' ? '100' : '100000') - (spent.get(nameOf(lease)) ?? 0n)
    expect(lease.ceiling > 0n).toBe(room >= ONE)
  }
})

test('frees what a dead instance had in hand once its time is over', { timeout: 120_000 }, async () => {
  running = await start(env)
  const { url, end } = running
  const dead = new Instance('dead')
  expect(await dead.report(url)).toBe(true)
  expect((await views(url)).some(({ leased }) => leased !== '0')).toBe(true)
  await end('SIGKILL')
  running = await start(env)
  const again = running.url
  await expect
    .poll(async () => (await views(again)).filter(({ leased }) => leased !== '0'), { timeout: 30_000 })
    .toEqual([])
})
