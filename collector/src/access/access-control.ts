/**
 * Who is asking, and whether they may.
 *
 * Invariant: where tokens are required nobody gets in without one; a token that is presented is checked in any
 * case; and whoever has a tenant keeps it.
 */
import { isToken, type KeptToken, type Role, tokenId } from './token.ts'

/** Somebody who was let in. */
export interface Access {
  readonly role: Role
  /** Everything this one sends and sees is of this tenant; absent: of all. */
  readonly tenant?: string
  readonly tokenId?: string
}

/** Somebody who was not. */
export interface AccessRefusal {
  readonly status: 401 | 403
  /** A sentence for the caller. */
  readonly detail: string
}

/** Nobody is asked. */
const EVERYONE: Access = { role: 'admin' }

/** What decides. */
export interface AccessRules {
  /** Whether a token is needed. */
  readonly required: boolean
  readonly tokens: readonly KeptToken[]
}

/** Decides; its rules can be replaced while it runs. */
export class AccessControl {
  #required = true
  #tokens: ReadonlyMap<string, KeptToken> = new Map()
  readonly #now: () => number
  readonly #refused: ((reason: 'no_token' | 'bad_token' | 'expired' | 'role') => void) | undefined

  constructor(
    rules: AccessRules,
    now: () => number,
    refused?: (reason: 'no_token' | 'bad_token' | 'expired' | 'role') => void,
  ) {
    this.#now = now
    this.#refused = refused
    this.update(rules)
  }

  /** Replaces the rules; holds for requests from now on. */
  update({ required, tokens }: AccessRules): void {
    this.#required = required
    this.#tokens = new Map(tokens.map((token) => [token.id, token]))
  }

  /** Whether the bearer of this `Authorization` header may do what `role` may. */
  check(authorization: string | undefined, role: Role): Access | AccessRefusal {
    const access = this.#identify(authorization)
    if ('status' in access || access.role === role || access.role === 'admin') return access
    this.#refused?.('role')
    const detail = `cannot do this with a token of role ${access.role}: it needs role ${role}`
    return { status: 403, detail }
  }

  #identify(authorization: string | undefined): Access | AccessRefusal {
    const text = presented(authorization)
    const id = text === undefined ? undefined : tokenId(text)
    if (text === undefined || id === undefined) {
      // other credentials mean nothing to us: SDKs of other tools always send theirs
      if (!this.#required) return EVERYONE
      this.#refused?.(text === undefined ? 'no_token' : 'bad_token')
      const what = text === undefined ? 'no token was sent' : 'what was sent is no Spanmeter token'
      return {
        status: 401,
        detail: `cannot answer: ${what}; send "Authorization: Bearer spm_..." (or Basic with it as the password)`,
      }
    }
    const token = this.#tokens.get(id)
    if (!isToken(text, token) || token === undefined) {
      this.#refused?.('bad_token')
      return { status: 401, detail: 'cannot answer: the token is not known; it may have been revoked' }
    }
    if (token.expiresAt !== undefined && Date.parse(token.expiresAt) <= this.#now()) {
      this.#refused?.('expired')
      return { status: 401, detail: `cannot answer: the token expired at ${token.expiresAt}; use a new one` }
    }
    return {
      role: token.role,
      tokenId: token.id,
      ...(token.tenant !== undefined && { tenant: token.tenant }),
    }
  }
}

/** An access control that asks nobody: for what listens nowhere. */
export function openAccess(): AccessControl {
  return new AccessControl({ required: false, tokens: [] }, () => 0)
}

/** The token of a `Bearer` header, or the password of a `Basic` one: what browsers and Langfuse's SDKs send. */
function presented(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+) *$/.exec(authorization ?? '') ?? []
  if (/^bearer$/i.test(scheme)) return value
  if (!/^basic$/i.test(scheme)) return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}
