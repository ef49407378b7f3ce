import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from './client.ts'
import { migrate, readMigrations } from './migrate.ts'
import { splitStatements } from './statements.ts'
import { startTestClickhouse, type TestClickhouse } from './testing.ts'

const OWN = fileURLToPath(new URL('../migrations', import.meta.url))

let store: TestClickhouse
let directory: string

beforeAll(async () => {
  store = await startTestClickhouse()
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-migrations-'))
  await cp(OWN, directory, { recursive: true })
})
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

test('a second run does nothing', async () => {
  expect(await migrate(store.client)).toEqual({ applied: [], unknown: [] })
})

test('several runs at once end with every migration recorded once', async () => {
  await writeFile(
    join(directory, '9001_create_a.sql'),
    'CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = MergeTree ORDER BY x;',
  )
  await writeFile(
    join(directory, '9002_create_b.sql'),
    'CREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = MergeTree ORDER BY x;',
  )
  await Promise.all([1, 2, 3, 4].map(() => migrate(store.client, { directory })))
  const result = await store.client.query({
    query: 'SELECT name FROM schema_migrations FINAL WHERE version > 9000 ORDER BY version',
    format: 'JSONEachRow',
  })
  expect(await result.json()).toEqual([{ name: '9001_create_a' }, { name: '9002_create_b' }])
  expect(await migrate(store.client)).toEqual({ applied: [], unknown: ['9001_create_a', '9002_create_b'] })
})

test('a file that was changed after it had been applied is refused', async () => {
  await writeFile(
    join(directory, '9001_create_a.sql'),
    'CREATE TABLE IF NOT EXISTS a (x UInt16) ENGINE = MergeTree ORDER BY x;',
  )
  await expect(migrate(store.client, { directory })).rejects.toThrow(
    /^cannot migrate 9001_create_a: the database has it with checksum [0-9a-f]{12}, the file has [0-9a-f]{12}; restore/,
  )
})

test('a statement that fails names its file and number', async () => {
  const other = await mkdtemp(join(tmpdir(), 'spanmeter-migrations-'))
  await writeFile(
    join(other, '9100_break_it.sql'),
    'SELECT 1; CREATE TABLE IF NOT EXISTS c (x Nonsense) ENGINE = Memory',
  )
  await expect(migrate(store.client, { directory: other })).rejects.toThrow(
    /^cannot migrate 9100_break_it: statement 2 failed/,
  )
  await rm(other, { recursive: true })
})

test('every statement of ours can run again, and a file holds a table with its view at most', async () => {
  for (const { name, statements } of await readMigrations(OWN)) {
    expect([name, statements.length <= 2]).toEqual([name, true])
    for (const statement of statements) {
      expect(statement.replace(/\s+/g, ' ')).toMatch(
        /^(CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS|ALTER TABLE \w+\s(MODIFY (QUERY|SETTING)|.* IF (NOT )?EXISTS))/,
      )
    }
  }
})

test('a migration of a rollup says so in its name, because by that it is filled', async () => {
  for (const { name, statements } of await readMigrations(OWN)) {
    const touches = statements.some((statement) =>
      /(TABLE|VIEW)( IF NOT EXISTS)? rollup_(?!fills\b)/.test(statement),
    )
    expect([name, name.includes('rollup')]).toEqual([name, touches])
  }
})

test('statements end at semicolons that are neither quoted nor commented', () => {
  const check = (sql: string, want: string[]) => expect(splitStatements(sql)).toEqual(want)
  check('', [])
  check('SELECT 1', ['SELECT 1'])
  check("SELECT ';' ; SELECT 'it''s; \\'x'", ["SELECT ';'", "SELECT 'it''s; \\'x'"])
  check('SELECT 1 -- a; b\n; /* ; */ SELECT 2 - 1 / 1;', ['SELECT 1', 'SELECT 2 - 1 / 1'])
})

test('a server is reached by its URL and the database is made', async () => {
  const url = store.url.replace('//', `//app:${store.appPassword}@`)
  const connection = await connect({ url: `${url}/spanmeter` })
  const rows = await connection.reader.query({
    query: 'SELECT currentDatabase() AS name',
    format: 'JSONEachRow',
  })
  expect(await rows.json()).toEqual([{ name: 'spanmeter' }])
  await expect(
    connection.reader.command({ query: 'CREATE TABLE no (x UInt8) ENGINE = Memory' }),
  ).rejects.toThrow(/readonly/i)
  await connection.close()
  await expect(connect({ url: 'http://app:secret@127.0.0.1:1' })).rejects.toThrow(
    /^cannot use ClickHouse at http:\/\/127\.0\.0\.1:1: .*; check CLICKHOUSE_URL/,
  )
})

test('migration files are published beside the code', async () => {
  const { files } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    files: string[]
  }
  expect(files).toEqual(expect.arrayContaining(['migrations', 'engine']))
  expect((await readdir(OWN)).length).toBeGreaterThan(0)
})
