/** Who may reach the collector: tokens, TLS, pages of other sites. */
import { z } from 'zod'
import { tokenListSchema } from '../access/token.ts'
import { defineSection } from './section.ts'

/** What `Origin` says: scheme, host and port, no path. */
const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'is no origin; write one such as https://app.example.com',
  )

const shape = {
  auth: z
    .strictObject({
      mode: z.enum(['auto', 'tokens', 'none']).default('auto'),
      tokens: tokenListSchema.default([]),
      tokensFile: z.string().min(1).optional(),
    })
    .prefault({}),
  tls: z
    .strictObject({ certFile: z.string().min(1).optional(), keyFile: z.string().min(1).optional() })
    .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
      error: 'certFile and keyFile go together; give both or none',
    })
    .prefault({}),
  cors: z.strictObject({ origins: z.array(origin).default([]) }).prefault({}),
}

/** `auth`, `tls`, `cors`. */
export const accessSection = defineSection(shape, {
  SPANMETER_AUTH: ['auth', 'mode'],
  SPANMETER_TOKENS_FILE: ['auth', 'tokensFile'],
  SPANMETER_TLS_CERT_FILE: ['tls', 'certFile'],
  SPANMETER_TLS_KEY_FILE: ['tls', 'keyFile'],
})
