/**
 * Clients of a ClickHouse over HTTP, the same for the embedded engine, a server and a cloud service.
 *
 * Invariant: every client is bound to one database, and a message about a server never shows its password.
 */
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'

/** Where the store is and who connects. */
export interface StoreAddress {
  /** Scheme, host and port. */
  url: string
  username: string
  password: string
  database: string
}

/** What `connect` takes. */
export interface ConnectOptions {
  /** `http(s)://user:password@host:port/database`; user `default` and database `spanmeter` when absent. */
  url: string
  /** Same form, for the read-only queries of the API and the page; the same user, held read-only, when absent. */
  readerUrl?: string
}

/** Two clients of one server. */
export interface StoreConnection {
  /** Without credentials. */
  url: string
  client: ClickHouseClient
  reader: ClickHouseClient
  /** Creates the database when it is absent. Throws when the server does not answer or refuses. */
  prepare(): Promise<void>
  close(): Promise<void>
}

/** A client with the settings that all of ours share. */
export function createStoreClient(
  { url, username, password, database }: StoreAddress,
  settings: Record<string, string | number> = {},
  timeoutMs = 60_000,
): ClickHouseClient {
  return createClient({
    url,
    username,
    password,
    database,
    application: 'spanmeter',
    request_timeout: timeoutMs,
    max_open_connections: 16,
    keep_alive: { enabled: true, idle_socket_ttl: 5_000 },
    clickhouse_settings: settings,
    log: { level: ClickHouseLogLevel.OFF },
  })
}

/** Connects to a server and creates the database when it is absent. Throws when the server does not answer or refuses. */
export async function connect(options: ConnectOptions): Promise<StoreConnection> {
  const connection = openConnection(options)
  try {
    await connection.prepare()
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The clients of a server, which is not asked anything yet. */
export function openConnection({ url, readerUrl }: ConnectOptions): StoreConnection {
  const address = parseAddress(url)
  const readerAddress = readerUrl === undefined ? address : parseAddress(readerUrl)
  const client = createStoreClient(address)
  const reader = createStoreClient(readerAddress, readerUrl === undefined ? { readonly: 2 } : {})
  return {
    url: address.url,
    client,
    reader,
    async prepare() {
      try {
        await ensureDatabase(address, PREPARE_TIMEOUT_MS)
      } catch (cause) {
        const { message, code } = cause as NodeJS.ErrnoException
        throw new Error(
          `cannot use ClickHouse at ${address.url}: ${message || code}; check CLICKHOUSE_URL and that the server runs`,
          { cause },
        )
      }
    },
    async close() {
      await Promise.all([client.close(), reader.close()])
    },
  }
}

/** Whoever does not answer for so long is not there. */
const PREPARE_TIMEOUT_MS = 5000

/** Creates the database when it is absent. */
export async function ensureDatabase(address: StoreAddress, timeoutMs?: number): Promise<void> {
  const client = createStoreClient({ ...address, database: 'default' }, {}, timeoutMs)
  try {
    await client.command({
      query: 'CREATE DATABASE IF NOT EXISTS {name:Identifier}',
      query_params: { name: address.database },
    })
  } finally {
    await client.close()
  }
}

/** Takes a connection URL apart. Throws when it is no `http:` or `https:` URL. */
export function parseAddress(text: string): StoreAddress {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(
      'cannot read the ClickHouse URL: it is no http or https URL; write http://user:password@host:8123/spanmeter',
    )
  }
  const database = decodeURIComponent(url.pathname.replace(/^\/+|\/+$/g, ''))
  return {
    url: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database: database === '' ? 'spanmeter' : database,
  }
}
