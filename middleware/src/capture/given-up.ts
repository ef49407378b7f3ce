/**
 * Whether the host itself gave a call up: the provider may then have worked on it, and bill it.
 *
 * Invariant: one name for all of them, whatever reason the host (or its client: axios' `CanceledError`) gave.
 */

/** The reason as it is recorded: a time limit stays one, everything else is an abort. */
export function givenUp(reason: unknown): DOMException {
  const name = (reason as { name?: unknown } | null | undefined)?.name
  return new DOMException('given up', name === 'TimeoutError' ? name : 'AbortError')
}

/** What ended a stream: its own error, where Node made that; else the host, which gave it up. */
export function streamCause(error: Error | null | undefined): unknown {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown }
  const isOfNode = syscall !== undefined || (typeof code === 'string' && /^(ERR_|ECONNRESET|Z_)/.test(code))
  return isOfNode ? error : givenUp(error)
}
