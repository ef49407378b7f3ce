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
const CHILD = fileURLToPath(new URL('../engine/child.mjs', import.meta.url))
const PASSWORDS = { spanmeter: 'p-collector', spanmeter_reader: 'p-reader', grafana_ro: 'p-grafana' }
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
  const row = { start_time: '2026-03-01 00:00:00', trace_id: 'a', span_id: 'b', is_call: true, cost: '1.5' }
  await as('spanmeter').insert({ table: 'spans', values: [row], format: 'JSONEachRow' })
  expect(await select(as('grafana_ro'), 'SELECT toString(sum(cost)) AS cost FROM rollup_cost_day')).toEqual([
    { cost: '1.5' },
  ])
})

describe.each(['spanmeter_reader', 'grafana_ro'] as const)('%s', (user) => {
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
  await expect(select(as('spanmeter_reader'), 'SELECT 1', { max_execution_time: 65 })).rejects.toThrow(
    /readonly/,
  )
})
