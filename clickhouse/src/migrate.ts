/**
 * Forward-only migrations: the files of `migrations/`, in order, each recorded with its checksum.
 *
 * Invariant: every statement can run again without harm (`IF NOT EXISTS` and the like, a test holds this),
 * so several collectors may migrate at once and a run that was cut off is finished by the next one.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import { EARLIER_TEXTS } from './earlier-texts.ts'
import { splitStatements } from './statements.ts'

/** What `migrate` takes beside the client. */
export interface MigrateOptions {
  /** Directory with `NNNN_verb_noun.sql`; the package's own when absent. */
  directory?: string
}

/** What a run did. */
export interface MigrateResult {
  /** Names of the files that this run applied. */
  applied: string[]
  /** Recorded names that this release does not know: a newer release migrated the database. */
  unknown: string[]
}

/** One file. */
export interface Migration {
  version: number
  name: string
  checksum: string
  statements: string[]
}

const OWN_DIRECTORY = fileURLToPath(new URL('../migrations/', import.meta.url))

/** Brings the client's database up to date. Throws when a file was changed after it had been applied. */
export async function migrate(
  client: ClickHouseClient,
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  const migrations = await readMigrations(options.directory ?? OWN_DIRECTORY)
  await client.command({ query: CREATE_RECORD })
  const recorded = await readRecorded(client)
  const applied: string[] = []
  for (const migration of migrations) {
    const known = recorded.get(migration.version)
    if (known === undefined) {
      await apply(client, migration)
      applied.push(migration.name)
    } else if (isChanged(migration, known.checksum)) {
      throw new Error(
        `cannot migrate ${migration.name}: the database has it with checksum ${known.checksum.slice(0, 12)}, the file has ${migration.checksum.slice(0, 12)}; restore the file as it was released and put the change into a new one`,
      )
    }
  }
  const versions = new Set(migrations.map(({ version }) => version))
  const unknown = [...recorded].filter(([version]) => !versions.has(version)).map(([, { name }]) => name)
  return { applied, unknown }
}

/** How a database stands against the migrations of this release. */
export interface SchemaState {
  /** Names of files that it does not have yet. */
  pending: string[]
  /** Names of files that were changed after it had them. */
  changed: string[]
  /** Recorded names that this release does not know. */
  unknown: string[]
  /** The last one that it has. */
  last: string | undefined
}

/** Compares a database with the migrations; changes nothing. */
export async function schemaState(client: ClickHouseClient): Promise<SchemaState> {
  const migrations = await readMigrations(OWN_DIRECTORY)
  const exists = await client.query({ query: 'EXISTS TABLE schema_migrations', format: 'JSONEachRow' })
  const [row] = await exists.json<{ result: number }>()
  const recorded = Number(row?.result) === 1 ? await readRecorded(client) : new Map()
  const versions = new Set(migrations.map(({ version }) => version))
  const known = migrations.filter(({ version }) => recorded.has(version))
  return {
    pending: migrations.filter(({ version }) => !recorded.has(version)).map(({ name }) => name),
    changed: known
      .filter((migration) => isChanged(migration, recorded.get(migration.version)?.checksum ?? ''))
      .map(({ name }) => name),
    unknown: [...recorded].filter(([version]) => !versions.has(version)).map(([, { name }]) => name),
    last: known.at(-1)?.name,
  }
}

/** Whether a database has another text of a migration than this release, and than any that means the same. */
function isChanged({ version, checksum }: Migration, recorded: string): boolean {
  return recorded !== checksum && recorded !== EARLIER_TEXTS.get(version)
}

/** The migrations of a directory in order. Throws on a file name out of form and on a version used twice. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  const seen = new Map<number, string>()
  return Promise.all(
    names.map(async (file) => {
      const match = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)
      if (match === null)
        throw new Error(`cannot read migration ${file}: its name is not NNNN_verb_noun.sql; rename it`)
      const version = Number(match[1])
      const other = seen.get(version)
      if (other !== undefined)
        throw new Error(`cannot read migration ${file}: ${other} has the same number; renumber it`)
      seen.set(version, file)
      const text = (await readFile(`${directory}/${file}`, 'utf8')).replaceAll('\r\n', '\n')
      const checksum = createHash('sha256').update(text).digest('hex')
      return { version, name: file.slice(0, -'.sql'.length), checksum, statements: splitStatements(text) }
    }),
  )
}

const CREATE_RECORD = `CREATE TABLE IF NOT EXISTS schema_migrations
(
  version UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree ORDER BY version`

async function readRecorded(
  client: ClickHouseClient,
): Promise<Map<number, { name: string; checksum: string }>> {
  const result = await client.query({
    query: 'SELECT version, name, checksum FROM schema_migrations FINAL ORDER BY version',
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ version: number; name: string; checksum: string }>()
  return new Map(rows.map(({ version, name, checksum }) => [version, { name, checksum }]))
}

async function apply(
  client: ClickHouseClient,
  { version, name, checksum, statements }: Migration,
): Promise<void> {
  for (const [index, query] of statements.entries()) {
    try {
      await client.command({ query })
    } catch (cause) {
      throw new Error(
        `cannot migrate ${name}: statement ${index + 1} failed: ${(cause as Error).message}; correct the cause and start again`,
        { cause },
      )
    }
  }
  await client.insert({
    table: 'schema_migrations',
    values: [{ version, name, checksum }],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}
