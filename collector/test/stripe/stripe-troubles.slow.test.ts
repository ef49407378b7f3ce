/** What reaches Stripe when days have passed, a journal is lost, or Stripe is not set up as it should be. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HOUR, METERS, ONE_METER, openMeters, openWorld, states, type World } from './world.ts'

let engine: TestClickhouse
let world: World
beforeAll(async () => {
  engine = await startTestClickhouse()
})
afterEach(() => world?.close())
afterAll(() => engine?.close())

describe.each(['hour', null] as const)('a meter with the window %s', (window) => {
  test('after a day, when Stripe may have forgotten, its sum is asked before anything is added', async () => {
    world = await openMeters(engine, ONE_METER, window)
    await world.use('acme', 0, 3)
    world.end.troubles.push('lost')
    await world.look(75)
    await world.look(26 * 60)
    await world.look(5)
    expect(world.end.billed('ai_calls', 'cus_acme')).toBe(3)
    expect(states(world)).toEqual(['confirmed'])
  })

  test('a lost journal bills nothing twice', async () => {
    world = await openMeters(engine, `since: START\n${ONE_METER.trim()}`, window)
    await world.use('acme', 0, 3)
    await world.look(75)
    world.time.now += 26 * HOUR
    await world.restart(false)
    await world.use('acme', 0, 1)
    await world.look(0)
    await world.look(5)
    expect(world.end.billed('ai_calls', 'cus_acme')).toBe(4)
    expect(states(world)).toEqual(['confirmed'])
  })
})

test('another sum in Stripe is told as drift, and sent again on request', async () => {
  world = await openMeters(engine, ONE_METER)
  await world.use('acme', 0, 2)
  await world.look(75)
  const [event] = world.end.events
  if (event !== undefined) world.end.events.push({ ...event, value: 7, identifier: 'of somebody else' })
  await world.look(5)
  expect(states(world)).toEqual(['sent'])
  await world.look(60)
  const [record] = [...world.sync.book.records()]
  expect(record).toMatchObject({ state: 'drift', error: 'Stripe has 7 and not 2', actual: '7' })
  await world.sync.retry(record?.id ?? '')
  await world.look(2)
  expect(world.end.billed('ai_calls', 'cus_acme')).toBe(2)
})

test('what is older than Stripe takes is not sent', async () => {
  world = await openMeters(engine, ONE_METER)
  await world.use('acme', 0, 2)
  await world.look(36 * 24 * 60)
  expect(world.end.events).toEqual([])
  await world.restart()
  await world.use('acme', 36 * 24 - 1, 2)
  world.end.troubles.push('unavailable')
  await world.look(75)
  await world.look(35 * 24 * 60)
  expect(states(world)).toEqual(['expired'])
})

test('a meter that is missing, or cannot be told hours, is named; so is a key that is refused', async () => {
  world = await openWorld(engine, METERS)
  world.end.addMeter('ai_tokens', 'day')
  await world.use('acme', 0, 1)
  await world.look(75)
  expect(world.sync.standing?.faults).toEqual({
    ai_cost: 'Stripe has no active meter with the event name ai_cost; create one',
    ai_tokens:
      'cannot bill by meter ai_tokens: it has the formula sum and the window day; create one with the formula sum and the window hour',
  })
  const stripe = { ...world.sync.config, secretKey: 'sk_wrong' }
  world.sync.configure({ stripe, credits: { perUsd: '100' } })
  await world.look(5)
  expect(world.sync.standing?.error).toBe(
    'Stripe refuses the key: invalid_request_error: Invalid API Key provided; set stripe.secretKey anew',
  )
})
