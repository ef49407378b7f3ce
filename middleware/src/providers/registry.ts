/**
 * The providers that come with the package, and which of them answers at a URL.
 *
 * Invariant: a host is recognised by its whole name or by a suffix at a dot, never by a part of a string, so
 * `api.openai.com.evil.example` is nobody.
 */
import { anthropic } from './anthropic.ts'
import { openai } from './openai.ts'
import type { Endpoint, Provider } from './provider.ts'

/** All built-in providers. */
export const PROVIDERS: readonly Provider[] = [anthropic, openai]

export interface Match {
  provider: Provider
  endpoint: Endpoint
}

/** Hosts and the providers behind them. */
export class HostTable {
  readonly #providers = new Map<string, Provider>()
  readonly #exact = new Map<string, Provider>()
  readonly #suffixes: [string, Provider][] = []

  constructor() {
    for (const provider of PROVIDERS) this.addProvider(provider)
  }

  addProvider(provider: Provider): void {
    this.#providers.set(provider.name, provider)
    for (const host of provider.hosts) {
      if (host.startsWith('*.')) this.#suffixes.push([host.slice(1), provider])
      else this.#exact.set(host, provider)
    }
  }

  /**
   * Maps a self-hosted or gateway host, with a port (`127.0.0.1:9999`) or for every port (`llm.internal`).
   *
   * @throws {Error} where no provider has that name
   */
  addHost(host: string, provider: string | Provider): void {
    const found = typeof provider === 'string' ? this.#providers.get(provider) : provider
    if (!found) {
      const names = [...this.#providers.keys()].join(', ')
      throw new Error(`cannot map host ${host}: there is no provider ${provider}; choose one of ${names}`)
    }
    this.#exact.set(host.toLowerCase(), found)
  }

  /** The endpoint that a POST to this URL calls, or `undefined` where it is nothing that is metered. */
  match(url: URL): Match | undefined {
    const provider =
      this.#exact.get(url.host) ?? this.#exact.get(url.hostname) ?? this.#bySuffix(url.hostname)
    if (!provider) return undefined
    const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
    const endpoint = provider.endpoints.find((candidate) => path.endsWith(candidate.path))
    return endpoint && { provider, endpoint }
  }

  #bySuffix(hostname: string): Provider | undefined {
    for (const [suffix, provider] of this.#suffixes) if (hostname.endsWith(suffix)) return provider
    return undefined
  }
}
