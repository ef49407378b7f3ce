/** What people do about alerts, over the API: list, read, acknowledge, silence, try, send again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Alerting } from '../../src/alerts/alerting.ts'
import { createApi } from '../../src/api/app.ts'
import { readConfig } from '../../src/config/read.ts'
import { call, insertRows } from '../span-rows.ts'

let engine: TestClickhouse
let directory: string
let receiver: Server
let url: string
let status = 200
let received: { type: string; data: { alerts: { title: string }[] } }[] = []
let now = Date.parse('2026-03-11T15:30:00Z')
let alerting: Alerting
let app: ReturnType<typeof createApi>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-alerts-'))
  receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      received.push(JSON.parse(text))
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  engine = await startTestClickhouse()
  await insertRows(engine.client, [
    call('2026-03-11T15:00:00Z', { tenant_id: 'acme', cost: '9' }),
    call('2026-03-11T15:00:00Z', { tenant_id: 'globex', cost: '6' }),
  ])
  await start()
})
afterAll(async () => {
  await alerting?.stop()
  receiver?.close()
  await engine?.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => {
  received = []
})

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

async function start(): Promise<void> {
  const config = readConfig(
    {},
    JSON.stringify({
      channels: { hook: { type: 'webhook', url, secrets: [secret] } },
      alerts: {
        enabled: false,
        allowPrivateAddresses: true,
        rules: [{ name: 'month', kind: 'spend', by: 'tenant', usd: 10, thresholds: [50, 80] }],
      },
    }),
  )
  alerting = await Alerting.open({
    ...{ config, dataDir: directory, client: engine.client, reader: engine.reader, now: () => now },
    report: (error) => {
      throw error
    },
  })
  alerting.start()
  app = createApi({ reader: engine.reader, alerting, now: () => new Date(now) })
}

// biome-ignore lint/suspicious/noExplicitAny: the answers are checked against their schemas elsewhere
async function ask(path: string, method = 'GET', body?: object, want = 200): Promise<any> {
  const response = await app.request(path.startsWith('/v1') ? path : `/api/v1/${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  const answer = await response.json()
  expect([response.status, response.status === 200 ? undefined : answer.status]).toEqual([
    want,
    want === 200 ? undefined : want,
  ])
  return answer
}
const delivered = () => vi.waitFor(() => expect(alerting.book.deliveries().at(-1)?.status).toBe('delivered'))

test('alerts are listed, told in one message, and survive a restart', async () => {
  await alerting.evaluate()
  await delivered()
  expect(received).toMatchObject([{ type: 'alert.firing', data: { alerts: [{}, {}, {}] } }])
  await alerting.evaluate()
  await alerting.stop()
  await start()
  await alerting.evaluate()
  const { alerts, total, unread, firing } = await ask('alerts')
  expect([total, unread, firing]).toEqual([3, 3, 3])
  expect(alerts.map((one: { title: string }) => one.title).sort()).toEqual([
    'Spend of this month of tenant acme has reached 50%',
    'Spend of this month of tenant acme has reached 80%',
    'Spend of this month of tenant globex has reached 50%',
  ])
  expect(received).toHaveLength(1)
  expect((await ask('alerts?tenant_id=globex')).total).toBe(1)
  expect((await ask('alerts?severity=critical')).total).toBe(0)
  for (const list of ['alerts', 'alerts/rules', 'silences', 'channels', 'deliveries'])
    expect((await app.request(`/api/v1/${list}`)).headers.get('cache-control'), list).toBe('no-store')
  const csv = await (await app.request('/api/v1/alerts?format=csv')).text()
  expect(csv.split('\r\n')).toHaveLength(5)
})

test('an alert is read and acknowledged', async () => {
  const { id } = (await ask('alerts?limit=1')).alerts[0]
  const first = await ask(`alerts/${id}/read`, 'POST')
  now += 1_000
  expect((await ask(`alerts/${id}/read`, 'POST')).read_at).toBe(first.read_at)
  expect(await ask(`alerts/${id}/ack`, 'POST', { by: 'kim' })).toMatchObject({
    acked_by: 'kim',
    read_at: first.read_at,
  })
  expect((await ask('alerts?read=true')).total).toBe(1)
  await ask('alerts/nothing/read', 'POST', undefined, 404)
  const fault = await ask(`alerts/${id}/ack`, 'POST', { who: 'kim' }, 400)
  expect(fault.errors.map(({ name }: { name: string }) => name)).toContain('by')
})

test('a silence keeps what begins quiet, and what still fires is told when it ends', async () => {
  const silence = await ask('silences', 'POST', {
    match: { tenant_id: 'hush' },
    minutes: 10,
    comment: 'move',
  })
  await insertRows(engine.client, [call('2026-03-11T15:10:00Z', { tenant_id: 'hush', cost: '5.5' })])
  await alerting.evaluate()
  expect((await ask('alerts?tenant_id=hush')).alerts).toMatchObject([{ silenced: true, status: 'firing' }])
  expect(received).toEqual([])
  expect((await ask('silences')).silences).toHaveLength(1)
  await ask(`silences/${silence.id}`, 'DELETE')
  expect((await ask('silences')).silences).toEqual([])
  await alerting.evaluate()
  await delivered()
  expect(received).toMatchObject([{ data: { alerts: [{ title: expect.stringContaining('hush') }] } }])
  await ask('silences', 'POST', { match: {}, minutes: 10 }, 400)
})

test('a channel is tried, switched off when it is gone, and on again; a message is sent again', async () => {
  expect(await ask('channels/hook/test', 'POST')).toEqual({ outcome: 'delivered', reason: null })
  status = 410
  const [last] = (await ask('deliveries?limit=1')).deliveries
  await ask(`deliveries/${last.id}/replay`, 'POST')
  await vi.waitFor(async () =>
    expect((await ask('channels')).channels).toMatchObject([
      { name: 'hook', disabled_reason: 'answered 410', pending: 1 },
    ]),
  )
  expect(JSON.stringify(await ask('channels'))).not.toContain(url)
  status = 200
  await ask('channels/hook/test', 'POST')
  await vi.waitFor(async () =>
    expect((await ask('channels')).channels).toMatchObject([{ disabled_at: null, pending: 0 }]),
  )
  expect((await ask('deliveries?status=delivered&channel=hook')).total).toBeGreaterThan(0)
  await ask('channels/none/test', 'POST', undefined, 404)
})

test('a rule is tried before it is switched on, and what is wrong with it is said', async () => {
  const rule = { kind: 'spend', usd: 20, thresholds: [100] }
  const { alerts, evaluations } = await ask('alerts/test', 'POST', { rule, days: 0.04 })
  expect([alerts.length, evaluations > 10]).toEqual([1, true])
  const wrong = await ask('alerts/test', 'POST', { rule: { kind: 'spend', usd: -1, foo: 1 } }, 400)
  expect(wrong.detail).toMatch(/rule\.usd: .*amount/)
  expect((await ask('alerts/rules')).rules).toMatchObject([{ name: 'month', kind: 'spend', firing: 4 }])
})

test('alerts of Grafana and Alertmanager stand in the same list, once, and end there', async () => {
  const alert = {
    status: 'firing',
    labels: { alertname: 'HighCost', severity: 'page', tenant_id: 'acme' },
    annotations: { summary: 'costs a lot' },
    startsAt: '2026-03-11T15:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: 'c0ffee',
  }
  for (const [source, version] of [
    ['grafana', '1'],
    ['alertmanager', '4'],
  ] as const) {
    expect(await ask(`/v1/alerts/${source}`, 'POST', { version, alerts: [alert] })).toEqual({ accepted: 1 })
    const { id } = (await ask('alerts?rule=HighCost&status=firing')).alerts[0]
    await ask(`alerts/${id}/ack`, 'POST', { by: 'kim' })
    const over = { ...alert, status: 'resolved', endsAt: '2026-03-11T15:20:00Z' }
    await ask(`/v1/alerts/${source}`, 'POST', { version, alerts: [over] })
    expect(
      (await ask('alerts?rule=HighCost')).alerts.filter((one: { source: string }) => one.source === source),
    ).toMatchObject([
      { status: 'resolved', severity: 'critical', acked_by: 'kim', ends_at: '2026-03-11T15:20:00.000Z' },
    ])
  }
  expect(received).toEqual([])
  const fault = await ask('/v1/alerts/grafana', 'POST', { alerts: [{ status: 'maybe' }] }, 400)
  expect(fault.detail).toMatch(/alerts\.0\.status/)
})
