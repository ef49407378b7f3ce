/** Usage events, as OpenMeter's clients send them, become rows of meters with exact costs, each once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { usageSpans } from '../src/receive/usage-events.ts'

const METERS = `
spool: { maxAgeMs: 20 }
meters:
  voice_minute: { eventType: call.ended, value: $.duration.minutes, unit: min, unitPrice: "0.02", provider: twilio }
  calls_ended: { eventType: call.ended }
  page: { unitPrice: 0.1 }
`
let dataDir: string
let collector: Collector
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-usage-'))
  const config = readConfig({ SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir }, METERS)
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
})
afterAll(async () => {
  await collector?.close()
  await rm(dataDir, { recursive: true, force: true })
})

const event = (id: string, more: object = {}) => ({
  ...{
    specversion: '1.0',
    type: 'page',
    source: 'shop',
    id,
    subject: 'acme',
    time: new Date().toISOString(),
  },
  ...more,
})
async function send(body: unknown, headers: Record<string, string> = {}, method = 'POST') {
  const response = await fetch(`${collector.url}/v1/usage`, {
    method,
    headers: { 'content-type': 'application/cloudevents-batch+json', ...headers },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text === '' ? undefined : JSON.parse(text),
  }
}
const meters = async () => {
  const answer = await fetch(`${collector.url}/api/v1/usage/meters?period=last_7d`)
  const { meters: list } = (await answer.json()) as {
    meters: { meter: string; unit: string; quantity_exact: string; cost_exact: string; events: number }[]
  }
  return Object.fromEntries(list.map((row) => [row.meter, [row.events, row.quantity_exact, row.cost_exact]]))
}

test('single, list, binary mode and plain JSON are taken; an event that comes again counts once', async () => {
  const call = event('1', {
    type: 'call.ended',
    data: { duration: { minutes: '2.5' }, user_id: 'u1', feature: 'support', direction: 'in' },
  })
  const single = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
  expect(await send(call, single)).toEqual({ status: 204, type: null, body: undefined })
  expect((await send([call, event('2'), event('2')])).status).toBe(204)
  expect(
    (await send([event('3'), { ...event('3'), source: 'other' }], { 'content-type': 'application/json' }))
      .status,
  ).toBe(204)
  const { time } = event('4')
  const head = {
    'ce-specversion': '1.0',
    'ce-type': 'page',
    'ce-source': 'shop',
    'ce-id': '4',
    'ce-subject': 'ac%6De',
    'ce-time': time,
  }
  expect((await send({ value: 7 }, { 'content-type': 'application/json', ...head })).status).toBe(204)
  expect(
    (await send(event('5', { type: 'unknown.thing', data: { value: 3, unit: 'MB' } }), single)).status,
  ).toBe(204)
  await vi.waitFor(async () => expect(Object.keys(await meters())).toHaveLength(4), { timeout: 10_000 })
  expect(await meters()).toEqual({
    voice_minute: [1, '2.5', '0.05'],
    calls_ended: [1, '1', '0'],
    page: [4, '4', '0.4'],
    'unknown.thing': [1, '3', '0'],
  })
  const events = await fetch(
    `${collector.url}/api/v1/usage/events?period=last_7d&tenant_id=acme&provider=twilio`,
  )
  expect(await events.json()).toMatchObject({
    events: [
      { tenant_id: 'acme', user_id: 'u1', feature: 'support', cost_exact: '0.05', cost_source: 'collector' },
    ],
  })
})

test('what is wrong is named, all of it, and nothing of the request is kept', async () => {
  const before = await meters()
  const { status, type, body } = await send([
    event('ok'),
    { specversion: '0.3', type: '', source: 'x'.repeat(300), subject: 5, time: 'noon' },
    event('n', { type: 'call.ended', data: { duration: { minutes: -1 } } }),
    event('l', { data: [1] }),
    event('t', { time: '1970-01-01T00:00:00Z' }),
    null,
  ])
  expect([status, type]).toEqual([400, 'application/problem+json'])
  expect(body.errors.map(({ name }: { name: string }) => name)).toEqual([
    ...[
      'events[1].specversion',
      'events[1].id',
      'events[1].source',
      'events[1].type',
      'events[1].subject',
      'events[1].time',
    ],
    ...['events[2].data.duration.minutes', 'events[3].data', 'events[4].time', 'events[5]'],
  ])
  expect(body.detail).toMatch(
    /^cannot accept the usage: events\[1\]\.\S+ .* and 9 more faults; nothing was kept$/,
  )
  const check = async (sent: unknown, headers: Record<string, string>, wanted: number, method = 'POST') =>
    expect((await send(sent, headers, method)).status).toBe(wanted)
  await check('{', { 'content-type': 'application/cloudevents+json' }, 400)
  await check(event('x'), {}, 400)
  await check([], { 'content-type': 'text/csv' }, 415)
  await check([], { 'content-encoding': 'br' }, 415)
  await check(Array(10_001).fill(event('y')), {}, 400)
  await check(undefined, {}, 405, 'GET')
  expect(await meters()).toEqual(before)
})

test('any JSON is refused or becomes spans, and the same events are always the same spans', () => {
  const { meters: configured } = readConfig({}, METERS)
  const type = fc.constantFrom('page', 'call.ended', '')
  const data = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { duration: fc.record({ minutes: fc.jsonValue() }), value: fc.jsonValue() },
      { requiredKeys: [] },
    ),
  )
  const some = fc.oneof(
    fc.jsonValue(),
    fc.record({ type, data, specversion: fc.constant('1.0'), id: fc.string(), source: fc.string() }),
  )
  fc.assert(
    fc.property(fc.array(some, { maxLength: 5 }), (events) => {
      const first = usageSpans(events, configured, 1_790_000_000_000)
      expect(usageSpans(structuredClone(events), configured, 1_790_000_000_000)).toEqual(first)
      if (!Array.isArray(first)) expect(JSON.parse(first.toString()).resourceSpans).toHaveLength(1)
    }),
  )
})
