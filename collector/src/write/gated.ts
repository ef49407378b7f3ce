/**
 * Clients that ask nothing while something has to be waited for.
 *
 * Invariant: who asks meanwhile gets the failure of a store that is away, which every caller knows how to take.
 */
import type { ClickHouseClient } from '@clickhouse/client'

const ASKS = new Set<PropertyKey>(['query', 'exec', 'insert', 'command'])

/** A client that fails while `missing` says something. */
export function gated(client: ClickHouseClient, missing: () => string | undefined): ClickHouseClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const reason = ASKS.has(name) ? missing() : undefined
        if (reason === undefined) return Reflect.apply(value, target, args)
        return Promise.reject(Object.assign(new Error(reason), { code: 'ECONNREFUSED' }))
      }
    },
  })
}
