/**
 * What an exception is called in telemetry.
 *
 * Invariant: names and codes only, never a message: messages quote what they choke on.
 */

/** Class of what was thrown, or the code of what lies behind it (`ECONNREFUSED`, `UND_ERR_SOCKET`). */
export function exceptionName(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  const { name, code, cause: inner } = cause as { name?: unknown; code?: unknown; cause?: { code?: unknown } }
  if (typeof inner?.code === 'string') return inner.code
  // Node's own errors are all of one class; what they are is in their code.
  if (name === 'Error' && typeof code === 'string') return code
  return typeof name === 'string' && name !== '' ? name : undefined
}
