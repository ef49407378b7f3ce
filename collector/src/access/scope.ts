/**
 * Who asks, on the way through Hono.
 *
 * Invariant: a route gets the store's reader only from here, and only as wide as the one who asks.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { problem } from '../api/problem.ts'
import { type Access, type AccessControl, openAccess } from './access-control.ts'
import { isAboutAll, roleFor } from './roles.ts'
import { type Reader, readerFor } from './tenant-reader.ts'

const KEY = 'access'

/** Lets in whom `control` lets in; without one nobody is asked. One that stands before another decides. */
export function admit(control: AccessControl = openAccess()): MiddlewareHandler {
  return async function admitCaller(c, next) {
    if (c.get(KEY) !== undefined) return next()
    const role = roleFor(c.req.method, c.req.path) ?? 'read'
    const access = control.check(c.req.header('authorization'), role)
    if ('status' in access) {
      // browsers ask for the token and send it as the password
      if (access.status === 401) c.header('WWW-Authenticate', CHALLENGE)
      return problem(c, access.status === 401 ? 'unauthorized' : 'forbidden', access.detail)
    }
    if (access.tenant !== undefined && isAboutAll(c.req.path)) return problem(c, 'forbidden', ABOUT_ALL)
    c.set(KEY, access)
    await next()
    c.header('Vary', 'Authorization', { append: true })
  }
}

/** How to ask a client for its token. */
export const CHALLENGE = 'Basic realm="Spanmeter: any user, the token is the password", charset="UTF-8"'

/** Why a token of a tenant does not get what is about everyone. */
export const ABOUT_ALL =
  'cannot answer a token of one tenant: this is about the whole collector; use a token without a tenant'

/** The tenant that the caller is bound to. */
export function tenantOf(c: Context): string | undefined {
  return accessOf(c).tenant
}

/** `reader` as far as the caller may see. */
export function readerOf(c: Context, reader: Reader): Reader {
  return readerFor(reader, accessOf(c).tenant)
}

function accessOf(c: Context): Access {
  const access = c.get(KEY) as Access | undefined
  if (access === undefined) throw new Error(`cannot answer ${c.req.path}: nobody asked who it is for`)
  return access
}
