/**
 * Makes a route's template of a path and the parameters that were found in it, for routers that do not tell.
 *
 * Invariant: a segment that is a parameter's value never stays.
 */
import { reportFailure } from '../capture/report.ts'

/**
 * @param path for example `/tenants/acme/chats`
 * @param params names by value: `acme` → `tenant`
 * @param write how the framework writes a parameter: `:tenant`, `[tenant]`
 */
export function generalise(
  path: string,
  params: ReadonlyMap<string, string>,
  write: (name: string) => string,
): string {
  if (params.size === 0) return path
  return path
    .split('/')
    .map((segment) => {
      const name = params.get(decode(segment))
      return name === undefined ? segment : write(name)
    })
    .join('/')
}

/** Adds parameters as a router gives them, by value: `{ tenant: 'acme', rest: ['a', 'b'] }`. */
export function noteParams(seen: Map<string, string>, params: unknown): void {
  if (typeof params !== 'object' || params === null) return
  for (const [name, value] of Object.entries(params)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (typeof part === 'string' && part !== '') seen.set(part, name)
    }
  }
}

/** Asks an adapter's function for the route. */
export function askRoute(route: (() => string | undefined) | undefined): string | undefined {
  try {
    return route?.()
  } catch (error) {
    reportFailure('read the route of a request', error)
    return undefined
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
