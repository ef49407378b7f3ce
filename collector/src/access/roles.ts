/**
 * Which role an address needs.
 *
 * Invariant: an address that is not named needs `read` to be read and `admin` to change anything: a new route is
 * never open by accident.
 */
import type { Role } from './token.ts'

/** Nobody is asked: probes do not carry tokens, and the answers hold no data. */
const OPEN: ReadonlySet<string> = new Set(['/healthz', '/readyz'])
/** What services send to. */
const INGEST = /^\/(v1|api\/public\/otel\/v1)\//
/** What only an administrator sees. */
const ADMIN = /^\/api\/v1\/config(\/|$)/
/** What is told to whom: no tenant's business. */
const TOLD = /^\/api\/v1\/(alerts\/rules|channels|deliveries)(\/|$)/

/** The role that a request needs; undefined where none. */
export function roleFor(method: string, path: string): Role | undefined {
  if (OPEN.has(path)) return undefined
  if (INGEST.test(path)) return 'ingest'
  if (ADMIN.test(path)) return 'admin'
  return method === 'GET' || method === 'HEAD' ? 'read' : 'admin'
}

/** Whether the answer is about the whole collector, so that nobody who is bound to a tenant may have it. */
export function isAboutAll(path: string): boolean {
  return path === '/metrics' || path === '/v1/leases' || ADMIN.test(path) || TOLD.test(path)
}
