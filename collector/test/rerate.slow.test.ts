/** Stored calls rated anew: shown first, then changed; totals, rollups and calls agree before and after. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createRerateRoute } from '../src/api/rerate.ts'
import { runCommand } from '../src/cli/command.ts'
import { readConfig } from '../src/config/read.ts'
import { setOwnPrices } from '../src/rate/rate-span.ts'
import { Writer } from '../src/write/writer.ts'
import { call, replaceRows } from './span-rows.ts'

const NOW = Date.parse('2026-03-11T15:30:00.123Z')
const TABLES = ['rollup_cost_minute', 'rollup_cost_hour', 'rollup_cost_day', 'rollup_detail_hour']
let engine: TestClickhouse
let server: Server
let url: string
beforeAll(async () => {
  engine = await startTestClickhouse()
  const { client } = engine
  // by the clock of this machine these minutes are over
  await client.command({ query: 'ALTER TABLE rollup_cost_minute REMOVE TTL' })
  const writer = new Writer({
    client,
    read: () => Promise.reject(new Error('none')),
    done: async () => {},
    now: () => NOW,
  })
  const app = createRerateRoute({
    client,
    changeStored: (change, hours) => writer.changeStored(change, hours),
    now: () => NOW,
    report: (error) => console.error(error),
  })
  server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  setOwnPrices([])
  server?.close()
  server?.closeAllConnections()
  await engine?.close()
})

const usage = { input_uncached_tokens: 1_000_000, output_text_tokens: 100_000, price_version: 'old' }
const own = (...prices: object[]) => setOwnPrices(readConfig({}, JSON.stringify({ prices })).prices)
beforeEach(async () => {
  own()
  await engine.client.command({ query: 'TRUNCATE TABLE cost_adjustments' })
  await replaceRows(engine.client, [
    call('2026-03-10T10:00:00Z', { ...usage, cost: '0.5', cost_source: 'local' }),
    call('2026-03-10T23:59:59Z', { ...usage, cost: '0.5', cost_source: 'provider' }),
    call('2026-03-11T00:00:00Z', { ...usage, cost: '0', cost_source: 'collector' }),
    call('2026-03-11T09:59:00Z', { ...usage, cost: '0.5', cost_source: 'collector', tenant_id: 'globex' }),
    ...['10:00:00', '10:30:00', '12:00:00'].map((time) =>
      call(`2026-03-11T${time}Z`, {
        ...usage,
        cost: null,
        cost_source: '',
        cost_currency: '',
        unpriced_reason: 'unknown_model',
        model: 'ours',
        request_model: 'ours',
      }),
    ),
    call('2026-03-11T11:00:00Z', { ...usage, cost: null, cost_source: '', unpriced_reason: 'missing_usage' }),
  ])
})

const ask = async (body: object) => {
  const response = await fetch(`${url}/api/v1/rerate`, {
    method: 'POST',
    body: JSON.stringify({ from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z', ...body }),
  })
  return { status: response.status, body: await response.json() }
}
const rows = async (query: string): Promise<unknown[][]> =>
  (await engine.client.query({ query, format: 'JSONCompactStringsEachRow' })).json()
/** Cost and unpriced calls by the raw calls and by every rollup: all the same. */
async function totals(): Promise<unknown> {
  const raw = await rows(
    "SELECT sum(cost), countIf(isNull(cost) AND unpriced_reason != 'failed'), count() FROM spans WHERE is_call",
  )
  for (const table of TABLES)
    expect([table, await rows(`SELECT sum(cost), sum(unpriced_calls), sum(calls) FROM ${table}`)]).toEqual([
      table,
      raw,
    ])
  return raw[0]
}

test('without apply it is shown and nothing is written', async () => {
  own(
    { name: 'ours', model: 'ours', perMillion: { input: '0.2', output: '0.2' } },
    { name: 'acme', tenants: ['acme'], provider: 'openai', model: 'gpt-4o-mini', multiplier: '0.5' },
  )
  const { status, body } = await ask({})
  const { groups, ...rest } = body
  // 1M × 0.15 + 0.1M × 0.6 by the book
  expect([status, rest]).toEqual([
    200,
    {
      from: '2026-03-01T00:00:00Z',
      to: '2026-04-01T00:00:00Z',
      applied: false,
      run_id: null,
      calls: 6,
      changed: 5,
      hours_left_out: 0,
    },
  ])
  const group = { provider: 'openai', newly_priced: 0 }
  expect(groups).toEqual([
    {
      ...group,
      tenant_id: 'acme',
      model: 'ours',
      calls: 3,
      changed: 3,
      newly_priced: 3,
      before: '0',
      after: '0.66',
      difference: '0.66',
    },
    {
      ...group,
      tenant_id: 'acme',
      model: 'gpt-4o-mini',
      calls: 2,
      changed: 1,
      before: '0.5',
      after: '0.105',
      difference: '-0.395',
    },
    {
      ...group,
      tenant_id: 'globex',
      model: 'gpt-4o-mini',
      calls: 1,
      changed: 1,
      before: '0.5',
      after: '0.21',
      difference: '-0.29',
    },
  ])
  expect(await totals()).toEqual(['1.5', '4', '8'])
  expect(await rows('SELECT count() FROM cost_adjustments')).toEqual([['0']])
})

test('with apply calls, rollups and totals follow, what was is kept, and again changes nothing', async () => {
  own({ name: 'ours', model: 'ours', perMillion: { input: '0.2', output: '0.2' } })
  const { body } = await ask({ apply: true })
  expect(body).toMatchObject({ applied: true, changed: 4, run_id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  const at = '2026-03-11 15:30:00.123'
  expect(await totals()).toEqual(['1.87', '1', '8'])
  expect(
    await rows(
      "SELECT cost, cost_source, price_version, unpriced_reason, cost_currency FROM spans WHERE model = 'ours'",
    ),
  ).toEqual(Array(3).fill(['0.22', 'collector', 'own:ours', '', 'USD']))
  expect(
    await rows(
      "SELECT toString(adjusted_at), ifNull(toString(old_cost), 'none'), old_unpriced_reason, new_cost FROM cost_adjustments ORDER BY start_time",
    ),
  ).toEqual([[at, '0.5', '', '0.21'], ...Array(3).fill([at, 'none', 'unknown_model', '0.22'])])
  expect((await ask({ apply: true })).body).toMatchObject({ run_id: null, changed: 0 })
  expect(await rows('SELECT count() FROM cost_adjustments')).toEqual([['4']])
  expect(await rows("SELECT name FROM system.tables WHERE name LIKE 'rerate_%'")).toEqual([])
})

test('range, models and tenants bound it; the rollups that an earlier run left behind are made to agree', async () => {
  own({ name: 'all', perCall: '1' })
  expect((await ask({ tenants: ['globex'] })).body).toMatchObject({ calls: 1, changed: 1 })
  expect(
    (await ask({ models: ['ours'], from: '2026-03-11T10:00:00Z', to: '2026-03-11T12:00:00Z', apply: true }))
      .body,
  ).toMatchObject({ calls: 2, changed: 2 })
  expect(await totals()).toEqual(['3.5', '2', '8'])
  await engine.client.command({
    query: "ALTER TABLE spans UPDATE cost = 7 WHERE tenant_id = 'globex' SETTINGS mutations_sync = 1",
  })
  await expect(totals()).rejects.toThrow()
  own()
  await ask({ tenants: ['globex'], apply: true })
  await totals()
})

test('what is asked wrongly is told, all of it', async () => {
  const check = async (body: object, detail: string) =>
    expect(await ask(body)).toMatchObject({ status: 400, body: { detail: expect.stringContaining(detail) } })
  await check({ from: 'May', models: [], speed: 1 }, 'from: is no time such as')
  await check({ from: '2026-05-01T00:00:00Z' }, 'to: is not after from')
  await check({ from: '2020-05-01T00:00:00Z' }, 'to: is more than 400 days after from')
})

test('the command shows a table, and changes when told to', async () => {
  own({ name: 'ours', model: 'ours', perCall: '0.5' })
  const run = async (...argv: string[]) => {
    let out = ''
    const sink = new Writable({
      write(chunk, _encoding, done) {
        out += chunk
        done()
      },
    })
    const code = await runCommand(['rerate', ...argv], {
      ...{ stdout: sink, stderr: sink, stdoutIsTerminal: false, stderrIsTerminal: false },
      ...{ env: { SPANMETER_URL: url }, now: () => NOW, config: () => readConfig({}) },
    })
    return { code, lines: out.trimEnd().split('\n') }
  }
  const shown = await run('--from', '2d', '--model', 'ours')
  expect(shown.code).toBe(0)
  expect(shown.lines[1]?.split(/ +/)).toEqual(['acme', 'openai', 'ours', '3', '3', '3', '0', '1.5', '1.5'])
  expect(shown.lines[2]).toBe('3 of 3 calls would change; nothing was written, --apply does so')
  expect((await run('--from', '2d', '--model', 'ours', '--apply')).lines[2]).toMatch(
    /^changed 3 of 3 calls; run [0-9a-f-]{36} in table cost_adjustments$/,
  )
  expect((await run('--from', '2026-03-01', '--model', 'ours')).lines).toEqual([
    'none of 3 calls would cost anything else',
  ])
  expect(await run()).toEqual({
    code: 2,
    lines: ['cannot rerate: --from is missing; try spanmeter rerate --help'],
  })
  expect((await run('--from', 'soon')).code).toBe(2)
})
