/** What tenants use reaches Stripe once: also what comes late, and what got no answer. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { METERS, ONE_METER, openMeters, states, type World } from './world.ts'

let engine: TestClickhouse
let world: World
beforeAll(async () => {
  engine = await startTestClickhouse()
})
afterEach(() => world?.close())
afterAll(() => engine?.close())

test('an hour is sent when it is over, in whole numbers, and confirmed by the sum in Stripe', async () => {
  world = await openMeters(engine, METERS)
  await world.use('acme', 0, 3)
  await world.look(59)
  expect(world.end.events).toEqual([])
  await world.look(12)
  expect(states(world)).toEqual(['sent', 'sent'])
  await world.look(5)
  expect(states(world)).toEqual(['confirmed', 'confirmed'])
  expect(world.end.billed('ai_cost', 'cus_acme')).toBe(63)
  expect(world.end.billed('ai_tokens', 'cus_acme')).toBe(330)
  const [event] = world.end.events
  expect(event).toMatchObject({ customer: 'cus_acme', timestamp: world.start / 1000 })
  expect(event?.identifier).toMatch(/^spanmeter_[0-9a-f]{40}$/)
})

test('meters that services name are billed by their quantity; a tenant may be its own customer', async () => {
  world = await openMeters(
    engine,
    'meters: [{ eventName: voice, of: { meter: voice_minute }, multiply: 60 }]',
  )
  world.end.customers.add('cus_own')
  const voice = { meter_name: 'voice_minute', meter_unit: 'min' }
  await world.use('cus_own', 0, 1, { ...voice, meter_quantity: '2.5' })
  await world.use('cus_own', 0, 1, { ...voice, meter_quantity: '0.25' })
  await world.use('cus_own', 0, 1, {
    ...{ ...voice, meter_quantity: '9' },
    attributes: { 'spanmeter.meter.kind': 'level' },
  })
  await world.look(75)
  expect(world.end.billed('voice', 'cus_own')).toBe(165)
})

describe.each(['hour', null] as const)('a meter with the window %s', (window) => {
  test('calls that come late change what is billed, and nothing is billed twice', async () => {
    world = await openMeters(engine, ONE_METER, window)
    await world.use('acme', 0, 3)
    await world.look(75)
    await world.use('acme', 0, 2)
    await world.look(5)
    await world.look(5)
    expect(world.end.billed('ai_calls', 'cus_acme')).toBe(5)
    expect(states(world)).toEqual(['confirmed'])
    expect(world.end.events.map(({ value }) => value)).toEqual(window === null ? [3, 2] : [3, 5])
  })

  test('an answer that was lost is asked for again, with the same identifier', async () => {
    world = await openMeters(engine, ONE_METER, window)
    await world.use('acme', 0, 3)
    world.end.troubles.push('lost', 'error after', 'unavailable', 'busy', 'again')
    await world.look(75)
    expect(world.sync.book.records().next().value).toMatchObject({ state: 'pending', tries: 1 })
    for (const _ of [1, 2, 3, 4, 5]) await world.look(3)
    expect(world.end.billed('ai_calls', 'cus_acme')).toBe(3)
    const sent = world.end.requests.filter(({ path }) => path === 'POST /v1/billing/meter_events')
    expect(new Set(sent.map(({ body }) => body.get('identifier'))).size).toBe(1)
    expect(new Set(sent.map(({ key }) => key)).size).toBe(sent.length)
    expect(states(world)).toEqual(['sent'])
  })
})

test('what Stripe refuses says why and waits for people; sent again, it goes out', async () => {
  world = await openMeters(engine, ONE_METER)
  world.end.customers.delete('cus_acme')
  await world.use('acme', 0, 2)
  await world.look(75)
  const [record] = [...world.sync.book.records()]
  expect(record).toMatchObject({ state: 'rejected', error: "resource_missing: No such customer: 'cus_acme'" })
  await world.look(60)
  expect(world.end.requests.filter(({ path }) => path.startsWith('POST'))).toHaveLength(1)
  world.end.customers.add('cus_acme')
  expect(await world.sync.retry(record?.id ?? '')).toMatchObject({ state: 'pending' })
  await world.look(1)
  expect(world.end.billed('ai_calls', 'cus_acme')).toBe(2)
  expect(await world.sync.retry(record?.id ?? '')).toBe(null)
  expect(await world.sync.retry('nobody')).toBe(undefined)
})

test('a tenant that is no customer is passed over until it is one', async () => {
  world = await openMeters(engine, ONE_METER)
  await world.use('initech', 0, 2)
  await world.look(75)
  expect(states(world)).toEqual(['skipped'])
  world.end.customers.add('cus_initech')
  const stripe = { ...world.sync.config, customers: { initech: 'cus_initech' } }
  world.sync.configure({ stripe, credits: { perUsd: '100' } })
  await world.look(5)
  expect(world.end.billed('ai_calls', 'cus_initech')).toBe(2)
})
