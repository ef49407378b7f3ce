/** Texts that many rows hold, as bytes: a column knows each by its identity. */
import { Bytes } from './bytes.ts'

/** The bytes of a text. */
export function wordOf(text: string): Bytes {
  return new Bytes(Buffer.from(text))
}

/** What spans of the protocol and costs are called in their columns. */
export const WORD = {
  provider: wordOf('provider'),
  missing: wordOf('missing'),
  errorLevel: wordOf('ERROR'),
  local: wordOf('local'),
  collector: wordOf('collector'),
  reported: wordOf('reported'),
  usd: wordOf('USD'),
  failed: wordOf('failed'),
  missingUsage: wordOf('missing_usage'),
  unknownModel: wordOf('unknown_model'),
  unpricedUsage: wordOf('unpriced_usage'),
} as const
