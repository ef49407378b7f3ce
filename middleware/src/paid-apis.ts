/**
 * Any paid API as one row of the options: where it answers, what it is billed by, and what a unit costs.
 *
 * Invariant: rows are checked when they are given, every fault at once, and become endpoints like those of the
 * plugins; a row goes before what is known of its host already.
 */
import { isPrice } from './pricing/unit-prices.ts'
import { decimalText } from './providers/fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type Provider } from './providers/provider.ts'

/**
 * One paid API.
 *
 * @example
 * ```ts
 * app.use(spanmeter({
 *   apis: [
 *     { host: 'api.example.com', path: '/v1/lookup', meter: 'lookup', unit: 'request', unitPrice: '0.002' },
 *     { host: 'api.maps.example', path: '/routes/{id}', method: 'GET', meter: 'route', unit: 'credit',
 *       quantity: 'usage.credits', unitPrice: '0.0004' },
 *   ],
 * }))
 * ```
 */
export interface ApiRow {
  /** Host name, with a port where it has one: `api.example.com`. */
  host: string
  /** End of the path, `{id}` for a segment that varies: `/v1/lookup`, `/v1/users/{id}/score`. */
  path: string
  /** `POST` unless said. */
  method?: 'GET' | 'POST'
  /** Name of what is metered. */
  meter: string
  /** What one of it is, in the singular: `request`, `minute`, `credit`. */
  unit: string
  /** USD for one, as decimal text; absent = recorded without a cost. */
  unitPrice?: string
  /**
   * Where the answer's JSON says how many: a dotted path. Absent = one for every call that did not fail; a call
   * whose answer lacks it is recorded as unpriced.
   */
  quantity?: string
  /** `gen_ai.provider.name`, where it is not the host. */
  provider?: string
}

/** A row as the host table takes it. */
export interface DefinedApi {
  host: string
  endpoint: Endpoint
  owner: Provider
}

/** @throws {Error} listing every fault of the rows, by their place */
export function defineApis(rows: readonly ApiRow[]): DefinedApi[] {
  const faults = rows.flatMap((row, at) => faultsOf(row).map((fault) => `apis[${at}].${fault}`))
  if (faults.length > 0) {
    throw new Error(`cannot meter the paid APIs: ${faults.join('; ')}; correct the options`)
  }
  return rows.map((row) => {
    const endpoint = endpointOf(row)
    const name = (row.provider ?? row.host.replace(/:\d+$/, '')).toLowerCase()
    return {
      host: row.host.toLowerCase(),
      endpoint,
      owner: defineProvider({
        name,
        hosts: [],
        requestIdHeaders: ['x-request-id', 'request-id'],
        endpoints: [endpoint],
      }),
    }
  })
}

function endpointOf(row: ApiRow): Endpoint {
  const { meter: name, unit, unitPrice, quantity } = row
  const priced = unitPrice === undefined ? {} : { unitPrice }
  const request = {
    paths: [],
    read(_fields: unknown, facts: CallFacts) {
      facts.meter = { name, quantity: 1, unit, from: 'call' as const, ...priced }
    },
  }
  return {
    path: row.path.endsWith('/') ? row.path.slice(0, -1) : row.path,
    operation: 'api_call',
    ...(row.method === undefined ? {} : { method: row.method }),
    ...(quantity === undefined ? { request } : {}),
    paths: [quantity ?? '-'],
    read(body, facts) {
      if (quantity === undefined) return
      const said = decimalText(valueAt(body, quantity))
      if (said !== undefined) facts.meter = { name, quantity: said, unit, ...priced }
    },
  }
}

function valueAt(body: unknown, path: string): unknown {
  let value = body
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
  }
  return value
}

const KEYS: ReadonlySet<string> = new Set([
  'host',
  'path',
  'method',
  'meter',
  'unit',
  'unitPrice',
  'quantity',
  'provider',
])

function faultsOf(row: ApiRow): string[] {
  if (typeof row !== 'object' || row === null) return ['row: want an object']
  const faults: string[] = []
  const want = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault)
  }
  for (const key of Object.keys(row)) want(KEYS.has(key), `${key}: is no option of a row`)
  const text = (value: unknown): value is string => typeof value === 'string' && value !== ''
  want(
    text(row.host) && /^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i.test(row.host),
    `host: want a host name without https:// and path, got ${JSON.stringify(row.host)}`,
  )
  want(
    text(row.path) && /^\/[^{}?#]*(\/\{id\}[^{}?#]*)*$/.test(row.path) && row.path !== '/',
    `path: want a path such as /v1/lookup or /v1/users/{id}, got ${JSON.stringify(row.path)}`,
  )
  want(
    row.method === undefined || row.method === 'GET' || row.method === 'POST',
    `method: want GET or POST, got ${JSON.stringify(row.method)}`,
  )
  want(text(row.meter), 'meter: want a name')
  want(text(row.unit), 'unit: want a word, such as request')
  want(
    row.unitPrice === undefined || isPrice(row.unitPrice),
    `unitPrice: want USD as decimal text such as '0.002', got ${JSON.stringify(row.unitPrice)}`,
  )
  want(row.quantity === undefined || text(row.quantity), 'quantity: want a dotted path such as usage.credits')
  want(
    row.provider === undefined || (text(row.provider) && /^[a-z0-9][a-z0-9._-]*$/.test(row.provider)),
    'provider: want lower case letters, digits, . _ -',
  )
  return faults
}
