/**
 * What a provider's plugin reads from the head of an answer.
 *
 * Invariant: a plugin sees the headers that it names and no others.
 */
import type { CallFacts, Provider } from '../providers/provider.ts'

/** Lets the plugin read its headers. @returns the provider's id of the call, where one of its headers has it */
export function readHeaders(
  provider: Provider,
  headers: Pick<Headers, 'get'>,
  facts: CallFacts,
): string | undefined {
  if (provider.headers) {
    const values: Record<string, string> = {}
    for (const name of provider.headers.names) {
      const value = headers.get(name)
      if (value !== null) values[name] = value
    }
    provider.headers.read(values, facts)
  }
  for (const name of provider.requestIdHeaders) {
    const id = headers.get(name)
    if (id !== null) return id
  }
  return undefined
}
