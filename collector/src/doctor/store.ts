/**
 * The store: does it answer, is it the right one, does it know the time, what is kept.
 *
 * Invariant: changes nothing in it. The embedded engine that a collector runs is asked as any server; one that does
 * not run is started for the question.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import {
  attachEmbedded,
  ENGINE_RELEASE,
  openConnection,
  schemaState,
  startEmbedded,
} from '@spanmeter/clickhouse'
import type { CollectorConfig } from '../config/schema.ts'
import { readRetention } from '../write/retention.ts'
import { type Finding, ok, problem, size, warning } from './finding.ts'

/** Clocks that differ by more put spans into wrong minutes, and expire leases early, milliseconds. */
const SKEW_MS = 5000

/** @param running whether a collector runs on `dataDir`, which is absolute */
export async function checkStore(
  config: CollectorConfig,
  dataDir: string,
  running: boolean,
  now: () => number,
): Promise<Finding[]> {
  const { url } = config.clickhouse
  if (url === undefined && !running && !existsSync(join(dataDir, 'clickhouse')))
    return [ok('ClickHouse', 'embedded, made at the first start')]
  let store: Opened
  try {
    store = await open(config, dataDir, running)
  } catch (error) {
    const [found = '', todo = 'see the log of the collector'] = (error as Error).message.split('; ')
    return [problem('ClickHouse', found, todo)]
  }
  try {
    const first = await checkServer(store, now)
    // it cannot be asked anything else
    if (first.length === 1) return first
    const { client } = store
    return [
      ...first,
      await checkSchema(client),
      await checkRetention(client, config),
      await checkSize(client),
    ]
  } catch (error) {
    return [problem('ClickHouse', `cannot be asked: ${(error as Error).message}`, 'see its log')]
  } finally {
    await store.close()
  }
}

interface Opened {
  /** Where it is, without a password. */
  name: string
  client: ClickHouseClient
  close(): Promise<void>
}

async function open({ clickhouse }: CollectorConfig, dataDir: string, running: boolean): Promise<Opened> {
  if (clickhouse.url !== undefined) {
    const { url, client, close } = openConnection({ url: clickhouse.url })
    return { name: url, client, close }
  }
  const engine = await (running ? attachEmbedded({ dataDir }) : startEmbedded({ dataDir }))
  return { name: `embedded in ${dataDir}`, client: engine.client, close: () => engine.close() }
}

async function checkServer({ name, client }: Opened, now: () => number): Promise<Finding[]> {
  const before = now()
  let row: { version: string; at: number; there: number } | undefined
  try {
    // whatever the database of the client is, it may not be there yet
    const result = await client.query({
      query: `SELECT version() AS version, toUnixTimestamp64Milli(now64(3)) AS at`,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    ;[row] = await result.json<typeof row & object>()
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    if (/UNKNOWN_DATABASE|does not exist/i.test(`${message} ${(error as { type?: string }).type}`))
      return [
        warning('ClickHouse', `${name} answers, without the database`, 'start the collector: it makes it'),
      ]
    const todo = 'check CLICKHOUSE_URL, the password, and that the server runs'
    return [problem('ClickHouse', `${name} cannot be used: ${message || code}`, todo)]
  }
  const took = now() - before
  const version = row?.version ?? ''
  const skew = Math.round((row?.at ?? 0) - before - took / 2)
  return [
    compare(version, ENGINE_RELEASE) >= 0
      ? ok('ClickHouse', `${name}, version ${version}`)
      : warning(
          'ClickHouse',
          `${name} is version ${version}, older than what this release was tried with`,
          `use ${ENGINE_RELEASE.replace(/\.$/, '')} or later`,
        ),
    Math.abs(skew) <= SKEW_MS + took / 2
      ? ok('clocks', `ClickHouse and this machine differ by ${Math.abs(skew)} ms`)
      : problem(
          'clocks',
          `the clock of ClickHouse is ${Math.abs(skew) / 1000} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's`,
          'have both follow a time server (NTP)',
        ),
  ]
}

async function checkSchema(client: ClickHouseClient): Promise<Finding> {
  const { pending, changed, unknown, last } = await schemaState(client)
  const check = 'schema'
  if (changed.length > 0) {
    const todo = 'restore the files as they were released'
    return problem(check, `migrations differ from what the database has: ${changed.join(', ')}`, todo)
  }
  if (unknown.length > 0)
    return warning(check, `a newer release made ${unknown.join(', ')}`, 'run that release here too')
  if (pending.length > 0)
    return warning(
      check,
      `${pending.length} migrations are missing, the first is ${pending[0]}`,
      'start the collector, or run spanmeter migrate',
    )
  return ok(check, `up to date with ${last}`)
}

async function checkRetention(client: ClickHouseClient, { retention }: CollectorConfig): Promise<Finding> {
  const tables = await readRetention(client, retention)
  const differing = tables.filter(({ is, wanted }) => is !== wanted).map(({ name }) => name)
  if (differing.length > 0)
    return warning(
      'retention',
      `${differing.join(', ')} are kept for other times than the configuration says`,
      'restart the collector; where several share a store, give them the same retention',
    )
  return ok('retention', `as configured: spans ${retention.spans} days`.replace('forever days', 'for ever'))
}

async function checkSize(client: ClickHouseClient): Promise<Finding> {
  const result = await client.query({
    query: `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes
      FROM system.parts WHERE active AND database = currentDatabase() AND table = 'spans'`,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ rows: string; bytes: string }>()
  const rows = Number(row?.rows ?? 0)
  if (rows === 0) return ok('spans', 'none are stored yet')
  return ok('spans', `${rows} are stored, ${size(Number(row?.bytes))}`)
}

/** Negative where `version` is before `release`, a beginning of one. */
function compare(version: string, release: string): number {
  const [a, b] = [version, release].map((text) => text.split('.').filter(Boolean).map(Number))
  for (const [at, part] of (b ?? []).entries()) if ((a?.[at] ?? 0) !== part) return (a?.[at] ?? 0) - part
  return 0
}
