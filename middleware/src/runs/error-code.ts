/**
 * What a failure is called.
 *
 * Invariant: a code or the name of a class, never a message, because messages carry what people wrote.
 */

const CODE = /^[\w.:/-]{1,128}$/

/** The `code` of what was thrown, else its class, else `_OTHER`; a text counts where it looks like a code. */
export function errorCode(error: unknown): string {
  try {
    return candidates(error).find((word) => typeof word === 'string' && CODE.test(word)) as string
  } catch {
    // What was thrown may be anything, also an object that throws when it is looked at.
    return '_OTHER'
  }
}

function candidates(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null) return [error, '_OTHER']
  const { code, name } = error as { code?: unknown; name?: unknown }
  return [code, name === 'Error' ? undefined : name, error.constructor?.name, '_OTHER']
}
