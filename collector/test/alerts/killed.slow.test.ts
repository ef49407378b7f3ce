/** A collector that is killed around the decision and the delivery of an alert: nobody misses it, and repeats are known. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Running, start } from '../process.ts'
import { call, protobuf } from '../spans.ts'

/** Where in the life of a message the process dies. */
const MOMENTS = ['written', 'arrived', 'answered', 'refused'] as const
const ROUNDS = process.env.SPANMETER_FULL_MATRIX === '1' ? 12 : 4
const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

interface Received {
  id: string
  tenants: string[]
  taken: boolean
}

let folder: string
let receiver: Server
let running: Running | undefined
let env: Record<string, string>
const received: Received[] = []
/** How the receiver behaves, and who waits for it. */
let behaviour: (typeof MOMENTS)[number] | 'takes' = 'takes'
let reached: () => void = () => {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spanmeter-killed-'))
  receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      new Webhook(SECRET).verify(text, request.headers as Record<string, string>)
      const { data } = JSON.parse(text) as { data: { alerts: { subject: { tenant_id: string } }[] } }
      const taken = behaviour !== 'refused'
      received.push({
        ...{ id: String(request.headers['webhook-id']), taken },
        tenants: data.alerts.map(({ subject }) => subject.tenant_id),
      })
      // the receiver has it, and the sender does not live to hear that
      if (behaviour === 'arrived') return reached()
      response.writeHead(taken ? 200 : 503).end(() => reached())
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  const config = {
    spool: { maxRows: 100, maxAgeMs: 50 },
    channels: { hook: { type: 'webhook', url, secrets: [SECRET] } },
    alerts: {
      everySeconds: 5,
      allowPrivateAddresses: true,
      rules: [{ name: 'month', kind: 'spend', by: 'tenant', usd: 1, thresholds: [100], every: 'year' }],
    },
  }
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
  env = { SPANMETER_DATA_DIR: join(folder, 'data'), SPANMETER_CONFIG: join(folder, 'config.yaml') }
})
afterAll(async () => {
  await running?.end('SIGKILL')
  receiver?.closeAllConnections()
  receiver?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 20 })
})

async function spend(url: string, tenant: string, number: number): Promise<void> {
  const spans = [
    call(
      number,
      { 'spanmeter.cost.exact': '5', 'spanmeter.tenant.id': tenant },
      Math.floor(Date.now() / 1000) - 60,
    ),
  ]
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(protobuf(spans)),
  })
  expect(response.status).toBe(200)
  await response.arrayBuffer()
}

const written = async (tenant: string) =>
  (await readFile(join(folder, 'data', 'alerts.journal'), 'utf8').catch(() => '')).includes(
    `tenant_id=\\"${tenant}\\"`,
  )

async function moment(kind: (typeof MOMENTS)[number], tenant: string): Promise<void> {
  if (kind !== 'written') {
    await new Promise<void>((done) => {
      reached = done
    })
    return
  }
  while (!(await written(tenant)));
}

interface Listed {
  deliveries: { id: string; status: string; attempts: number }[]
}

test('every alert is taken by the receiver, and what comes again has its id', {
  timeout: 400_000,
}, async () => {
  const tenants: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const kind = MOMENTS[round % MOMENTS.length] as (typeof MOMENTS)[number]
    const tenant = `tenant-${round}`
    behaviour = kind
    running = await start(env)
    const here = moment(kind, tenant)
    await spend(running.url, tenant, round + 1)
    tenants.push(tenant)
    await here
    expect(await running.end('SIGKILL')).toBe('SIGKILL')
  }
  behaviour = 'takes'
  running = await start(env)
  const { url } = running
  await vi.waitFor(
    async () => {
      const { deliveries } = (await (await fetch(`${url}/api/v1/deliveries?limit=1000`)).json()) as Listed
      expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(['delivered']))
      expect(new Set(received.filter(({ taken }) => taken).flatMap((one) => one.tenants)).size).toBe(ROUNDS)
    },
    { timeout: 200_000, interval: 500 },
  )
  const ids = new Map<string, Set<string>>()
  for (const { id, tenants: about } of received) {
    for (const tenant of about) ids.set(tenant, (ids.get(tenant) ?? new Set()).add(id))
  }
  expect([...ids.keys()].sort()).toEqual(tenants.sort())
  // whoever keeps ids has heard of each tenant once
  expect([...ids.values()].map((set) => set.size)).toEqual(tenants.map(() => 1))
  // and something did come again, or nothing was shown
  expect(received.filter(({ taken }) => taken).length).toBeGreaterThan(
    new Set(received.map(({ id }) => id)).size,
  )
})
