/**
 * A database of any earlier version, which several collectors migrate at once, ends up like a new one: the newest
 * versions and one of nine of the others; all of them where `SPANMETER_FULL_MATRIX` is set.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EARLIER_TEXTS } from '../src/earlier-texts.ts'
import { migrate, readMigrations, schemaState } from '../src/migrate.ts'
import { startTestClickhouse, type TestClickhouse } from '../src/testing.ts'

const OWN = fileURLToPath(new URL('../migrations', import.meta.url))

/** So many of the newest versions are tried whatever is set. */
const NEWEST = 6

let store: TestClickhouse
let directory: string
let files: string[]
beforeAll(async () => {
  store = await startTestClickhouse()
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-versions-'))
  files = (await readdir(OWN)).sort()
})
afterAll(async () => {
  await store?.close()
  await rm(directory, { recursive: true, force: true })
})

async function tables(): Promise<{ name: string; create_table_query: string }[]> {
  const result = await store.client.query({
    query: `SELECT name, create_table_query FROM system.tables
      WHERE database = currentDatabase() AND name NOT LIKE '.inner%' ORDER BY name`,
    format: 'JSONEachRow',
  })
  return result.json()
}

async function empty(): Promise<void> {
  for (const { name, create_table_query } of await tables()) {
    const kind = create_table_query.startsWith('CREATE MATERIALIZED VIEW') ? 'VIEW' : 'TABLE'
    await store.client.command({ query: `DROP ${kind} ${name} SYNC` })
  }
}

test('whatever version it is of', async () => {
  const fresh = await tables()
  expect(fresh.length).toBeGreaterThan(15)
  const isTried = (count: number) =>
    process.env.SPANMETER_FULL_MATRIX === '1' || count % 9 === 1 || count >= files.length - NEWEST
  for (let count = 1; count < files.length; count++) {
    if (!isTried(count)) continue
    const earlier = join(directory, String(count))
    await mkdir(earlier)
    for (const file of files.slice(0, count)) await cp(join(OWN, file), join(earlier, file))
    await empty()
    await migrate(store.client, { directory: earlier })
    const results = await Promise.all([1, 2, 3].map(() => migrate(store.client)))
    expect([files[count - 1], new Set(results.flatMap(({ applied }) => applied)).size]).toEqual([
      ...[files[count - 1], files.length - count],
    ])
    expect(await tables()).toEqual(fresh)
  }
}, 600_000)

/** A migration as it was when tables had tenants before hours. */
function earlier(text: string): string {
  return text
    .replace(/^-- Hours come first.*\n/m, '')
    .replace('(toStartOfHour(start_time), tenant_id, ', '(tenant_id, toStartOfHour(start_time), ')
    .replace(/ORDER BY \((minute|hour|day), tenant_id, /, 'ORDER BY (tenant_id, $1, ')
    .replace('index_granularity = 1024, ', '')
}

test('one whose tables have tenants before hours is taken as it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'spanmeter-versions-'))
  try {
    for (const file of files) {
      const text = await readFile(join(OWN, file), 'utf8')
      const known = EARLIER_TEXTS.has(Number(file.slice(0, 4)))
      await writeFile(join(directory, file), known ? earlier(text) : text)
    }
    const texts = (await readMigrations(directory)).filter(({ version }) => EARLIER_TEXTS.has(version))
    expect(texts.map(({ version, checksum }) => [version, checksum])).toEqual([...EARLIER_TEXTS])
    await empty()
    await migrate(store.client, { directory })
    const made = await tables()
    expect(await migrate(store.client)).toEqual({ applied: [], unknown: [] })
    expect(await schemaState(store.client)).toMatchObject({ pending: [], changed: [] })
    expect(await tables()).toEqual(made)
    expect(made.find(({ name }) => name === 'spans')?.create_table_query).toContain('ORDER BY (tenant_id, ')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}, 120_000)
