/** What people and scripts see of billing: the list, the state of a call, another attempt, the command, the rows. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../../src/api/app.ts'
import type { SyncListBody } from '../../src/api/billing-sync.ts'
import type { UsageEvent } from '../../src/api/event-schema.ts'
import { openWorld, type World } from './world.ts'

let engine: TestClickhouse
let world: World
let app: ReturnType<typeof createApi>
beforeAll(async () => {
  engine = await startTestClickhouse()
  world = await openWorld(
    engine,
    'customers: { acme: cus_acme, globex: cus_gone }\nmeters: [{ eventName: ai_calls, of: calls }]',
  )
  world.end.addMeter('ai_calls')
  world.end.customers.add('cus_acme')
  await world.look(0)
  for (const tenant of ['acme', 'globex', 'initech']) await world.use(tenant, 0, 2)
  await world.look(75)
  await world.look(5)
  await world.use('acme', 1)
  app = createApi({ reader: engine.reader, billing: world.sync, now: () => new Date(world.time.now) })
})
afterAll(async () => {
  await world?.close()
  await engine?.close()
})

async function ask<Body>(path: string): Promise<Body> {
  return (await (await app.request(path)).json()) as Body
}

test('the list has every hour with its state, and how everything stands', async () => {
  const list = await ask<SyncListBody>('/api/v1/billing/sync')
  expect(list).toMatchObject({ enabled: true, error: null, faults: [], total: 3 })
  expect(list.states).toEqual([
    { state: 'confirmed', hours: 1 },
    { state: 'rejected', hours: 1 },
    { state: 'skipped', hours: 1 },
  ])
  const rejected = await ask<SyncListBody>('/api/v1/billing/sync?state=rejected')
  expect(rejected.hours).toMatchObject([
    { tenant_id: 'globex', total: '2', sent: '0', error: "resource_missing: No such customer: 'cus_gone'" },
  ])
  expect((await ask<SyncListBody>('/api/v1/billing/sync?tenant_id=acme&limit=1')).total).toBe(1)
  const csv = await (await app.request('/api/v1/billing/sync?format=csv')).text()
  expect(csv.split('\r\n')[0]).toBe(
    'id,tenant_id,meter,hour,customer,state,total,sent,provider_id,error,tries,next_at,changed_at',
  )
})

test('each call says how far Stripe knows of it', async () => {
  const from = new Date(world.start).toISOString()
  const path = `/api/v1/usage/events?startDate=${from}&endDate=${new Date(world.time.now).toISOString()}`
  const { events } = await ask<{ events: UsageEvent[] }>(path)
  const states = new Set(events.map(({ tenant_id, sync }) => `${tenant_id} ${sync?.state}`))
  expect([...states].sort()).toEqual([
    ...['acme confirmed', 'acme pending', 'globex rejected', 'initech skipped'],
  ])
  const confirmed = events.find(({ sync }) => sync?.state === 'confirmed')
  expect(confirmed?.sync).toEqual({
    ...{ state: 'confirmed', provider_id: world.end.events[0]?.identifier, error: null },
  })
  const one = await ask<{ event: UsageEvent }>(
    `/api/v1/usage/events/${confirmed?.trace_id}/${confirmed?.span_id}`,
  )
  expect(one.event).toEqual(confirmed)
  const csv = await (await app.request(`${path}&format=csv`)).text()
  expect(csv.split('\r\n')[0]).toMatch(/,sync_state,sync_provider_id,sync_error$/)
  expect(csv).toContain(`,confirmed,${confirmed?.sync?.provider_id},\r\n`)
})

test('dashboards have the newest state of each hour', async () => {
  await world.sync.stop()
  await world.restart()
  const result = await engine.reader.query({
    query: 'SELECT tenant_id, state, toString(total) AS total FROM billing_outbox FINAL ORDER BY tenant_id',
    format: 'JSONEachRow',
  })
  expect(await result.json()).toEqual([
    { tenant_id: 'acme', state: 'confirmed', total: '2' },
    { tenant_id: 'globex', state: 'rejected', total: '2' },
    { tenant_id: 'initech', state: 'skipped', total: '2' },
  ])
})

test('what was refused can be sent again, and nothing else', async () => {
  app = createApi({ reader: engine.reader, billing: world.sync, now: () => new Date(world.time.now) })
  const { hours } = await ask<SyncListBody>('/api/v1/billing/sync')
  const of = (tenant: string) => hours.find(({ tenant_id }) => tenant_id === tenant)?.id
  const retry = (id: string | undefined) =>
    app.request(`/api/v1/billing/sync/${id}/retry`, { method: 'POST' })
  world.end.customers.add('cus_gone')
  expect(await (await retry(of('globex'))).json()).toMatchObject({ state: 'pending', error: null })
  await world.sync.run()
  expect(world.end.billed('ai_calls', 'cus_gone')).toBe(2)
  const refused = await retry(of('acme'))
  expect(refused.status).toBe(400)
  expect(((await refused.json()) as { detail: string }).detail).toContain(
    'is confirmed; pending, rejected and drift can be sent again',
  )
  expect((await retry('nobody')).status).toBe(404)
})
