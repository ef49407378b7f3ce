/**
 * What addresses call, remembered as they are written: a service calls few addresses very often.
 *
 * Invariant: a look-up gives what `match` gives for the parsed URL. Only what stands before a query is remembered,
 * no more than {@link MAX_REMEMBERED} of it, and nothing that holds a user or a password.
 */
import type { Match } from './registry.ts'

/** Where a call goes, and what it calls there. */
export interface Target {
  match: Match
  /** With the port, where the address says one. */
  host: string
  hostname: string
  port: number
}

const MAX_REMEMBERED = 1_000
const COLON = 58

/** Whether a host is anybody's, and what a request to a URL calls. */
interface Table {
  knows(url: URL): boolean
  match(url: URL, method: string): Match | undefined
}

/** The target of a request to a URL, where it is one that is metered. */
export function targetOf(table: Pick<Table, 'match'>, url: URL, method: string): Target | undefined {
  const match = table.match(url, method)
  if (!match) return undefined
  const { host, hostname } = url
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port)
  return { match, host, hostname, port }
}

export class Targets {
  readonly #table: Table
  /** By method, then by address without its query; `null` = nothing that is metered. */
  readonly #known = new Map<string, Map<string, Target | null>>()
  /** Scheme and host of those that are nobody's. */
  readonly #foreign = new Set<string>()

  constructor(table: Table) {
    this.#table = table
  }

  /** As {@link targetOf}, for an address that may be anything. */
  find(address: string, method: string): Target | undefined {
    const hostFrom = afterScheme(address)
    if (hostFrom < 0) return this.#parse(address, method)
    let hostTo = hostFrom
    let plain = true
    for (; hostTo < address.length; hostTo++) {
      const code = address.charCodeAt(hostTo)
      // `/`, `?`, `#`, and the backslash that counts as a slash
      if (code === 47 || code === 63 || code === 35 || code === 92) break
      // Hosts are letters, digits, dots and dashes; whatever else is left to the parser.
      if (code === 64 || code <= 32 || code > 126) plain = false
    }
    if (!plain) return this.#parse(address, method)
    const origin = address.slice(0, hostTo)
    if (this.#foreign.has(origin)) return undefined
    const to = queryStart(address, hostTo)
    const key = to === address.length ? address : address.slice(0, to)
    const found = this.#known.get(method)?.get(key)
    return found === undefined ? this.#remember(address, origin, key, method) : (found ?? undefined)
  }

  /** The table has changed. */
  forget(): void {
    this.#known.clear()
    this.#foreign.clear()
  }

  #parse(address: string, method: string): Target | undefined {
    const url = URL.canParse(address) ? new URL(address) : undefined
    return url && targetOf(this.#table, url, method)
  }

  #remember(address: string, origin: string, key: string, method: string): Target | undefined {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url || !this.#table.knows(url)) {
      if (this.#foreign.size >= MAX_REMEMBERED) this.#foreign.clear()
      if (url) this.#foreign.add(origin)
      return undefined
    }
    const target = targetOf(this.#table, url, method)
    const known = this.#known.get(method) ?? new Map<string, Target | null>()
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(key, target ?? null)
    this.#known.set(method, known)
    return target
  }
}

/** Where the host begins, after `http://` or `https://` as they are always written; else -1. */
function afterScheme(address: string): number {
  const colon = address.charCodeAt(4) === COLON ? 4 : 5
  if (address.startsWith('http') && address.startsWith('://', colon)) {
    if (colon === 4 || address.charCodeAt(4) === 115) return colon + 3
  }
  return -1
}

function queryStart(address: string, from: number): number {
  for (let at = from; at < address.length; at++) {
    const code = address.charCodeAt(at)
    if (code === 63 || code === 35) return at
  }
  return address.length
}
