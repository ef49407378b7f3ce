/**
 * Whether the host itself gave a call up: the provider may then have worked on it, and bill it.
 *
 * Invariant: one name for all of them, whatever reason the host (or its client: axios' `CanceledError`) gave.
 */

/** The reason as it is recorded: a time limit stays one, everything else is an abort. */
export function givenUp(reason: unknown): unknown {
  const name = (reason as { name?: unknown } | undefined)?.name
  if (name === 'AbortError' || name === 'TimeoutError') return reason
  return new DOMException('given up', 'AbortError')
}
