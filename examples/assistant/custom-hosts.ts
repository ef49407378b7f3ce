/**
 * Tells the middleware which provider answers where, for base URLs that are not the provider's own.
 *
 * Invariant: empty where the SDKs talk to the real services, because those hosts are known anyway.
 */

/** Reads the base URLs that the official SDKs read: `OPENAI_BASE_URL` and `ANTHROPIC_BASE_URL`. */
export function customHosts(environment: Record<string, string | undefined>): Record<string, string> {
  const bases = [
    [environment.OPENAI_BASE_URL, 'openai'],
    [environment.ANTHROPIC_BASE_URL, 'anthropic'],
  ] as const
  return Object.fromEntries(
    bases.flatMap(([base, provider]) => (base ? [[new URL(base).host, provider]] : [])),
  )
}
