/**
 * Runs one read-only query and turns what can go wrong into the three things a caller can act on.
 *
 * Invariant: nobody waits for the store longer than `QUERY_TIMEOUT_MS`, and no error carries SQL to the outside.
 */
import { ClickHouseError } from '@clickhouse/client'
import type { Reader } from '../access/tenant-reader.ts'

/** How long the store may take for a query, or for the next bytes of a stream, milliseconds. The store's read-only profile is the second line. */
const QUERY_TIMEOUT_MS = 30_000

/** What a query needs from the outside. */
export interface QueryContext {
  /** Client of the read-only user, bound to the database and to what the caller may see. */
  readonly reader: Reader
  /** Ends the query early, for example because the caller has gone. */
  readonly signal?: AbortSignal | undefined
  /** The query is one of many that run at once: it takes one thread, where the store's user may say so. */
  readonly amongMany?: boolean
}

/** False once it is known that the profile of the store's user is an older one, which lets it choose no threads. */
let choosesThreads = true

/** The query read too much or took too long: ask for less. */
export class QueryTooLarge extends Error {
  override name = 'QueryTooLarge'
}

/** The user of the store may not set what was set. */
export class SettingRefused extends Error {
  override name = 'SettingRefused'
}

/** The store does not answer: ask again later. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** ClickHouse codes that mean "this question is too large": rows, time, memory, bytes, result. */
const TOO_LARGE = new Set(['158', '159', '160', '241', '307', '396'])
/** ClickHouse codes that mean "not this setting": read-only, against a constraint. */
const SETTINGS = new Set(['164', '452'])
/** ClickHouse codes that mean "not now": too many queries, shutting down, table gone during a migration. */
const NOT_NOW = new Set(['202', '203', '236', '242', '394'])

/** Runs `sql` with bound parameters and returns its rows. Throws `QueryTooLarge` or `StoreUnavailable`. */
export function execute<Row>(
  context: QueryContext,
  name: string,
  sql: string,
  params: Readonly<Record<string, unknown>>,
): Promise<Row[]> {
  return runQuery<Row[]>(context, name, sql, 'JSONEachRow', params)
}

/** Runs `sql` and returns the whole answer in one of ClickHouse's JSON formats. Throws like `execute`. */
export async function runQuery<Answer>(
  context: QueryContext,
  name: string,
  sql: string,
  format: 'JSONEachRow' | 'JSONCompactStrings' | 'JSON',
  params: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const { reader, signal, amongMany = false } = context
  const settings = amongMany && choosesThreads ? { max_threads: 1 } : {}
  const deadline = AbortSignal.timeout(QUERY_TIMEOUT_MS)
  const abort = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
  try {
    const result = await reader.query({
      query: sql,
      query_params: { ...params },
      format,
      abort_signal: abort,
      clickhouse_settings: settings,
    })
    return (await result.json()) as Answer
  } catch (error) {
    if ('max_threads' in settings && isRefused(error)) {
      const answer = await runQuery<Answer>({ ...context, amongMany: false }, name, sql, format, params)
      choosesThreads = false
      return answer
    }
    throw classify(name, error, deadline.aborted, signal)
  }
}

/**
 * Runs `sql`, which names its own format, and returns the bytes of the answer as they come. Throws like `execute`,
 * also while the bytes are read. A reader may take its time; it is the store that may not.
 */
export async function* streamQuery(
  { reader, signal }: QueryContext,
  name: string,
  sql: string,
  params: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, string>> = {},
): AsyncGenerator<Buffer> {
  const deadline = new AbortController()
  const abort = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal])
  const wait = () => setTimeout(() => deadline.abort(), QUERY_TIMEOUT_MS)
  let timer = wait()
  try {
    const { stream } = await reader.exec({
      query: sql,
      query_params: { ...params },
      abort_signal: abort,
      clickhouse_settings: settings,
    })
    for await (const chunk of stream) {
      clearTimeout(timer)
      yield chunk as Buffer
      timer = wait()
    }
  } catch (error) {
    throw classify(name, error, deadline.signal.aborted, signal)
  } finally {
    clearTimeout(timer)
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof ClickHouseError && SETTINGS.has(error.code)
}

function classify(name: string, error: unknown, late: boolean, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return error
  const code = error instanceof ClickHouseError ? error.code : undefined
  if (late || (code !== undefined && TOO_LARGE.has(code)))
    return new QueryTooLarge(
      `cannot answer ${name}: it reads more than the store may read for one answer; shorten the period or add a filter`,
      { cause: error },
    )
  if (isRefused(error))
    return new SettingRefused(`cannot answer ${name}: the store's user may not change a setting`, {
      cause: error,
    })
  if (code === undefined ? isConnectionError(error) : NOT_NOW.has(code))
    return new StoreUnavailable(
      `cannot answer ${name}: ClickHouse does not answer; try again in a few seconds`,
      {
        cause: error,
      },
    )
  return new Error(
    `cannot answer ${name}: the query failed with ${code ?? error}; this is a fault of the collector`,
    {
      cause: error,
    },
  )
}

/** Node's network errors carry a code; the client's own time limit only has a message. */
function isConnectionError(error: unknown): boolean {
  return error instanceof Error && ('code' in error || /timeout/i.test(error.message))
}

/**
 * Runs queries side by side; when one fails, the others are ended, because nobody will read their answer.
 */
export async function together<Answers extends readonly unknown[]>(
  { reader, signal }: QueryContext,
  run: (context: QueryContext) => readonly [...{ [I in keyof Answers]: Promise<Answers[I]> }],
): Promise<Answers> {
  const first = new AbortController()
  const signals = signal === undefined ? [first.signal] : [signal, first.signal]
  try {
    return (await Promise.all(run({ reader, signal: AbortSignal.any(signals) }))) as unknown as Answers
  } catch (error) {
    first.abort()
    throw error
  }
}
