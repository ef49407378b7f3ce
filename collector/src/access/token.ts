/**
 * API tokens: `spm_<id>_<secret>`, of which only the SHA-256 is kept.
 *
 * Invariant: a secret has 256 random bits, so its plain hash gives nothing away; it is compared in constant
 * time, and is in no error and no log.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** What a token may do: send, ask, or both and everything else. */
export const ROLES = ['ingest', 'read', 'admin'] as const
export type Role = (typeof ROLES)[number]

const ID = /^[a-z0-9]{12}$/
const TOKEN = /^spm_([a-z0-9]{12})_([A-Za-z0-9]{43,64})$/

const time = z.iso.datetime({ offset: true, error: 'is no time; write one such as 2027-01-31T00:00:00Z' })

/** A token as the configuration and the tokens file keep it. */
export const tokenSchema = z
  .strictObject({
    id: z
      .string()
      .regex(ID, 'is no token id: 12 small letters and digits; make one with "spanmeter token create"'),
    name: z.string().max(200).optional(),
    role: z.enum(ROLES),
    tenant: z
      .string()
      .min(1, 'is empty, which does not mean "all"; leave it out for every tenant')
      .max(256)
      .optional(),
    hash: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'is no hash: sha256: and 64 hex digits; never the token itself'),
    createdAt: time.optional(),
    expiresAt: time.optional(),
  })
  .refine(({ role, tenant }) => role !== 'admin' || tenant === undefined, {
    path: ['tenant'],
    error: 'does not go with role admin, which is over every tenant; give ingest or read',
  })

/** A kept token. */
export type KeptToken = z.infer<typeof tokenSchema>

/** A list of them; an id is there once. */
export const tokenListSchema = z.array(tokenSchema).superRefine((tokens, context) => {
  const seen = new Set<string>()
  for (const [index, { id }] of tokens.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is there twice' })
    seen.add(id)
  }
})

/** What a new token is for. */
export interface TokenPurpose {
  role: Role
  name?: string | undefined
  tenant?: string | undefined
  /** Milliseconds since 1970. */
  expiresAt?: number | undefined
}

/** Makes a token: `text` is shown once, `kept` is what is stored. */
export function createToken(purpose: TokenPurpose, now: number): { text: string; kept: KeptToken } {
  const id = alphanumeric(12).toLowerCase()
  const text = `spm_${id}_${alphanumeric(43)}`
  const { role, name, tenant, expiresAt } = purpose
  return {
    text,
    kept: {
      id,
      ...(name !== undefined && { name }),
      role,
      ...(tenant !== undefined && { tenant }),
      hash: `sha256:${digest(text).toString('hex')}`,
      createdAt: new Date(now).toISOString(),
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    },
  }
}

/** The id of a text that has the form of a token. */
export function tokenId(text: string): string | undefined {
  return TOKEN.exec(text)?.[1]
}

const NOBODY = Buffer.alloc(32)

/** Whether `text` is the token that is kept; takes as long where there is none. */
export function isToken(text: string, kept: KeptToken | undefined): boolean {
  const wanted = kept === undefined ? NOBODY : Buffer.from(kept.hash.slice('sha256:'.length), 'hex')
  return timingSafeEqual(digest(text), wanted) && kept !== undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Letters and digits, each as likely as the others. */
function alphanumeric(count: number): string {
  let text = ''
  while (text.length < count) {
    for (const byte of randomBytes(count)) if (byte < 248) text += LETTERS[byte % 62]
  }
  return text.slice(0, count)
}
