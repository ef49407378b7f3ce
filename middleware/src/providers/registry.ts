/**
 * Which provider and endpoint answer at a URL.
 *
 * Invariant: a host is recognised by its whole name or by a suffix at a dot or dash, never by a part of a
 * string, so `api.openai.com.evil.example` is nobody. A host that is not known costs a few map look-ups.
 */
import { PROVIDERS } from './built-in.ts'
import { compilePath, type PathPattern } from './path-pattern.ts'
import type { Endpoint, Provider } from './provider.ts'
import { type Target, Targets, targetOf } from './targets.ts'

export { PROVIDERS }

/** What a URL calls. */
export interface Match {
  provider: Provider
  endpoint: Endpoint
  /** The model that the path names. */
  model?: string
  /** The job that the path names. */
  job?: string
  /** Who passes the call on to `provider`. */
  gateway?: Provider
  /** Id in the price book that the gateway's path says. */
  priceBook?: string
}

interface Known {
  provider: Provider
  endpoints: readonly { endpoint: Endpoint; pattern: PathPattern }[]
}

const NONE: readonly never[] = []

/** Hosts and the providers behind them. */
export class HostTable {
  readonly #providers = new Map<string, Known>()
  readonly #exact = new Map<string, Known>()
  /** By what follows the star, from its dot or dash on. */
  readonly #suffixes = new Map<string, Known>()
  /** By what stands before a star in the middle; with what stands behind it. */
  readonly #regional = new Map<string, { after: string; known: Known }[]>()
  readonly #targets = new Targets({
    knows: (url) => this.#at(url.host, url.hostname) !== undefined,
    match: (url, method) => this.match(url, method),
  })

  constructor() {
    for (const provider of PROVIDERS) this.addProvider(provider)
  }

  /** Adds a plugin; one of the same name, or for the same host, is replaced. */
  addProvider(provider: Provider): void {
    this.#targets.forget()
    const known = compile(provider)
    this.#providers.set(provider.name, known)
    for (const host of provider.hosts) {
      const star = host.indexOf('.*.')
      if (host.startsWith('*')) this.#suffixes.set(host.slice(1), known)
      else if (star > 0) this.#addRegional(host.slice(0, star), host.slice(star + 2), known)
      else this.#exact.set(host, known)
    }
  }

  /**
   * Maps a self-hosted or gateway host, with a port (`127.0.0.1:9999`) or for every port (`llm.internal`).
   *
   * @throws {Error} where it is no host name, or no provider has that name
   */
  addHost(host: string, provider: string | Provider): void {
    if (host === '' || /[/?#@\s]/.test(host)) {
      throw new Error(
        `cannot map host ${host}: it is no host name; write it without scheme and path: gateway.internal:8080`,
      )
    }
    const found = typeof provider === 'string' ? this.#providers.get(provider) : compile(provider)
    if (!found) {
      const names = [...this.#providers.keys()].join(', ')
      throw new Error(`cannot map host ${host}: there is no provider ${provider}; choose one of ${names}`)
    }
    this.#targets.forget()
    // a URL does not tell the port that its scheme stands for
    this.#exact.set(host.toLowerCase().replace(/:(?:443|80)$/, ''), found)
  }

  /** Meters one more endpoint of a host, before those that are known there. @param owner of a host that is new */
  addEndpoint(host: string, endpoint: Endpoint, owner: Provider): void {
    this.#targets.forget()
    const added = compile({ ...owner, endpoints: [endpoint] })
    const known = this.#at(host, host.replace(/:\d+$/, ''))
    this.#exact.set(
      host.toLowerCase(),
      known ? { ...known, endpoints: [...added.endpoints, ...known.endpoints] } : added,
    )
  }

  /** As {@link match}, with where that is; an address that was asked for before is not parsed again. */
  find(address: string | URL, method: string): Target | undefined {
    return typeof address === 'string' ? this.#targets.find(address, method) : targetOf(this, address, method)
  }

  /** The endpoint that a request to this URL calls, or `undefined` where it is nothing that is metered. */
  match(url: URL, method = 'POST'): Match | undefined {
    const known = this.#at(url.host, url.hostname)
    if (!known) return undefined
    const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
    const passed = known.provider.passesOn?.(path, url.hostname)
    if (!passed) return find(known, path, method)
    const upstream = this.#providers.get(passed.provider)
    const match = upstream && find(upstream, passed.path, method)
    if (!match) return undefined
    if (upstream !== known) match.gateway = known.provider
    if (passed.priceBook !== undefined) match.priceBook = passed.priceBook
    return match
  }

  #at(host: string, hostname: string): Known | undefined {
    return this.#exact.get(host) ?? this.#exact.get(hostname) ?? this.#bySuffix(hostname)
  }

  #addRegional(before: string, after: string, known: Known): void {
    const others = (this.#regional.get(before) ?? []).filter((one) => one.after !== after)
    this.#regional.set(before, [...others, { after, known }])
  }

  /** Tries every suffix at a dot, the longest first, and in the first label also the one at its last dash. */
  #bySuffix(hostname: string): Known | undefined {
    const first = hostname.indexOf('.')
    const second = hostname.indexOf('.', first + 1)
    for (const { after, known } of this.#regional.get(hostname.slice(0, Math.max(0, first))) ?? NONE) {
      if (second > 0 && hostname.length - second === after.length && hostname.endsWith(after)) return known
    }
    const dash = hostname.lastIndexOf('-', first)
    if (dash > 0) {
      const found = this.#suffixes.get(hostname.slice(dash))
      if (found) return found
    }
    for (let dot = first; dot > 0; dot = hostname.indexOf('.', dot + 1)) {
      const found = this.#suffixes.get(hostname.slice(dot))
      if (found) return found
    }
    return undefined
  }
}

function compile(provider: Provider): Known {
  const endpoints = provider.endpoints.map((endpoint) => ({ endpoint, pattern: compilePath(endpoint.path) }))
  return { provider, endpoints }
}

function find({ provider, endpoints }: Known, path: string, method: string): Match | undefined {
  for (const { endpoint, pattern } of endpoints) {
    if ((endpoint.method ?? 'POST') !== method) continue
    const model = pattern.match(path)
    if (model === undefined || endpoint.models?.test(model) === false) continue
    const match: Match = { provider, endpoint }
    if (model !== '') match.model = model
    const job = jobIn(endpoint.path, path)
    if (job !== undefined) match.job = job
    return match
  }
  return undefined
}

/** The segment that stands where the pattern, which begins anywhere in the path, has `{job}`. */
function jobIn(pattern: string, path: string): string | undefined {
  const at = pattern.indexOf('/{job}')
  if (at < 0) return undefined
  const behind = pattern.slice(at + 1).split('/').length
  return path.split('/').at(-behind)
}
