/**
 * Makes a route's template of a path and the parameters that were found in it, for routers that do not tell.
 *
 * Invariant: a segment that is a parameter's value never stays.
 */
import { reportFailure } from '../capture/report.ts'

const REST = '...'

/**
 * @param path for example `/tenants/acme/chats`
 * @param params names by value: `acme` → `tenant`, as `noteParams` adds them
 * @param write how the framework writes a parameter: `:tenant`, `[tenant]`
 */
export function generalise(
  path: string,
  params: ReadonlyMap<string, string>,
  write: (name: string) => string,
): string {
  if (params.size === 0) return path
  const written: string[] = []
  let last: string | undefined
  for (const segment of path.split('/')) {
    const name = params.get(decode(segment))
    if (name === undefined) written.push(segment)
    else if (name !== last || !name.startsWith(REST)) written.push(write(name))
    last = name
  }
  return written.join('/')
}

/**
 * Adds parameters as a router gives them, by value: `{ tenant: 'acme', rest: ['a', 'b'] }`; the name of one that
 * takes several segments begins with `...`.
 */
export function noteParams(seen: Map<string, string>, params: unknown): void {
  if (typeof params !== 'object' || params === null) return
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'string' && value !== '') seen.set(value, name)
    else if (Array.isArray(value))
      for (const part of value) if (part !== '') seen.set(String(part), REST + name)
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
