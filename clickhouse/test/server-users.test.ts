/**
 * The server's user and access configuration, loaded by the embedded engine of nearly the same release: it is
 * read by the same code as in a server, so what each user may do can be tried here.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect } from '../src/client.ts'
import { findLibrary } from '../src/embedded/library.ts'
import { freePort } from '../src/embedded/spawn.ts'
import { migrate } from '../src/migrate.ts'

const SERVER = fileURLToPath(new URL('../server', import.meta.url))
const TENANT = join(SERVER, 'examples/grafana-tenant.xml')
const CHILD = fileURLToPath(new URL('../engine/child.mjs', import.meta.url))
const PASSWORDS = {
  spanmeter: 'p-collector',
  spanmeter_reader: 'p-reader',
  grafana_ro: 'p-grafana',
  grafana_acme: 'p-acme',
}
/** What the engine's own session needs; a server has its own `default` here. */
const BASE_USERS = `<clickhouse><profiles><default/></profiles><quotas><default/></quotas>
  <users><default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></clickhouse>`

let directory: string
let child: ChildProcess
let url: string
const clients: ClickHouseClient[] = []

function as(
  username: keyof typeof PASSWORDS,
  database = 'spanmeter',
  password = PASSWORDS[username],
): ClickHouseClient {
  const client = createClient({ url, username, password, database, log: { level: ClickHouseLogLevel.OFF } })
  clients.push(client)
  return client
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-server-'))
  await cp(SERVER, join(directory, 'etc'), { recursive: true })
  await cp(TENANT, join(directory, 'etc/users.d/grafana-acme.xml'))
  await mkdir(join(directory, 'store'))
  await writeFile(join(directory, 'etc/users.xml'), BASE_USERS)
  await writeFile(
    join(directory, 'etc/config.xml'),
    `<clickhouse><users_config>${join(directory, 'etc/users.xml')}</users_config></clickhouse>`,
  )
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  child = spawn(
    process.execPath,
    [
      CHILD,
      findLibrary(),
      '--path',
      join(directory, 'store'),
      '--config-file',
      join(directory, 'etc/config.xml'),
      '--listen_host',
      '127.0.0.1',
      '--http_port',
      String(port),
      '--logger.console',
      '0',
      '--input-format=LineAsString',
      '--structure=x String',
      '--query',
      'SYSTEM START LISTEN HTTP; SELECT count() FROM table',
    ],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: {
        TZ: 'UTC',
        SPANMETER_CLICKHOUSE_PASSWORD: PASSWORDS.spanmeter,
        SPANMETER_READER_PASSWORD: PASSWORDS.spanmeter_reader,
        SPANMETER_GRAFANA_PASSWORD: PASSWORDS.grafana_ro,
        SPANMETER_GRAFANA_ACME_PASSWORD: PASSWORDS.grafana_acme,
      },
    },
  )
  const collector = as('spanmeter', 'system')
  await vi.waitFor(
    async () => {
      if (!(await collector.ping({ select: true })).success) throw new Error('the engine does not answer yet')
    },
    { timeout: 40_000, interval: 100 },
  )
  // As the collector does it with CLICKHOUSE_URL.
  const address = url.replace('//', `//spanmeter:${PASSWORDS.spanmeter}@`)
  const store = await connect({ url: `${address}/spanmeter` })
  await migrate(store.client)
  await store.close()
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
  if (child?.exitCode === null) {
    child.stdin?.end()
    await once(child, 'exit')
  }
  if (directory !== undefined) await rm(directory, { recursive: true, force: true })
})

const select = async (client: ClickHouseClient, query: string, settings = {}): Promise<unknown> =>
  await (await client.query({ query, format: 'JSONEachRow', clickhouse_settings: settings })).json()

test('the collector writes and migrates, and the views behind an insert work', async () => {
  const row = {
    start_time: '2026-03-01 00:00:00',
    trace_id: 'a',
    span_id: 'b',
    is_call: true,
    cost: '1.5',
    tenant_id: 'acme',
  }
  await as('spanmeter').insert({ table: 'spans', values: [row], format: 'JSONEachRow' })
  expect(await select(as('grafana_ro'), 'SELECT toString(sum(cost)) AS cost FROM rollup_cost_day')).toEqual([
    { cost: '1.5' },
  ])
})

describe.each(['spanmeter_reader', 'grafana_ro', 'grafana_acme'] as const)('%s', (user) => {
  test('reads the database', async () => {
    expect(await select(as(user), 'SELECT count() AS n FROM spans')).toEqual([{ n: 1 }])
  })

  test.each([
    "INSERT INTO spans (trace_id) VALUES ('x')",
    'TRUNCATE TABLE spans',
    'DROP TABLE spans',
    'CREATE TABLE spanmeter.x (a Int8) ENGINE = Memory',
    'ALTER TABLE spans DELETE WHERE 1',
  ])('may not %s', async (query) => {
    await expect(as(user).command({ query })).rejects.toThrow(/readonly|privileges/i)
  })

  test.each([
    "SELECT * FROM file('/etc/hostname', LineAsString)",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    'SELECT * FROM system.users',
    'SELECT * FROM system.processes',
  ])('may not %s', async (query) => {
    await expect(select(as(user), query)).rejects.toThrow(/readonly|privileges/i)
  })

  test('needs its password', async () => {
    await expect(select(as(user, 'spanmeter', 'wrong'), 'SELECT 1')).rejects.toThrow(/Authentication failed/)
    await expect(select(as(user, 'spanmeter', ''), 'SELECT 1')).rejects.toThrow(/Authentication failed/)
  })
})

test('Grafana may set the two settings that its data source sends, within bounds, and no others', async () => {
  const grafana = as('grafana_ro')
  expect(
    await select(grafana, 'SELECT 1 AS n', { max_execution_time: 65, additional_table_filters: '{}' }),
  ).toEqual([{ n: 1 }])
  await expect(select(grafana, 'SELECT 1', { max_execution_time: 301 })).rejects.toThrow(/max_execution_time/)
  await expect(select(grafana, 'SELECT 1', { max_memory_usage: '0' })).rejects.toThrow(/readonly/)
})

test('the collector may read a long file, and lift no other limit', async () => {
  const reader = as('spanmeter_reader')
  expect(await select(reader, 'SELECT 1 AS n', { max_execution_time: 3600, max_result_rows: '0' })).toEqual([
    { n: 1 },
  ])
  await expect(select(reader, 'SELECT 1', { max_execution_time: 3601 })).rejects.toThrow(/max_execution_time/)
  await expect(select(reader, 'SELECT 1', { max_memory_usage: '0' })).rejects.toThrow(/readonly/)
})

describe('a user of Grafana for one tenant', () => {
  const columns = "FROM system.columns WHERE database = 'spanmeter' AND table NOT LIKE '%_view'"

  test('sees the rows of that tenant in every table, and no others', async () => {
    const tables = (await select(
      as('spanmeter', 'system'),
      `SELECT table, anyIf(name, name IN ('start_time', 'minute', 'hour', 'day', 'at', 'starts_at', 'valid_from')) AS time
       ${columns} GROUP BY table HAVING countIf(name = 'tenant_id') > 0 ORDER BY table`,
    )) as { table: string; time: string }[]
    expect(tables.length).toBeGreaterThan(7)
    const at = { start_time: '2026-03-01 00:00:00', tenant_id: 'globex' }
    const values = [{ ...at, trace_id: 'c', span_id: 'd', is_call: true, cost: '3' }]
    await as('spanmeter').insert({ table: 'spans', values, format: 'JSONEachRow' })
    for (const { table, time } of tables) {
      for (const tenant of ['acme', 'globex', ''])
        await as('spanmeter').command({
          query: `INSERT INTO ${table} (tenant_id, ${time}) SELECT '${tenant}', now()`,
        })
      const seen = (user: 'grafana_acme' | 'grafana_ro') =>
        select(as(user), `SELECT DISTINCT toString(tenant_id) AS tenant FROM ${table} ORDER BY tenant`)
      expect([table, await seen('grafana_acme')]).toEqual([table, [{ tenant: 'acme' }]])
      expect(await seen('grafana_ro')).toHaveLength(3)
    }
  })

  test('sees no table that knows no tenant, but prices and what credits are worth', async () => {
    const tables = (await select(
      as('spanmeter', 'system'),
      `SELECT table ${columns} GROUP BY table HAVING countIf(name = 'tenant_id') = 0 ORDER BY table`,
    )) as { table: string }[]
    expect(tables.map(({ table }) => table)).toContain('collector_samples')
    for (const { table } of tables) {
      const asked = select(as('grafana_acme'), `SELECT count() AS n FROM ${table}`)
      if (table === 'model_prices' || table === 'credit_rates') expect(await asked).toEqual([{ n: 0 }])
      else await expect(asked).rejects.toThrow(/privileges/)
    }
  })
})
