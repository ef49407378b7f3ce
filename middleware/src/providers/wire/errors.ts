/**
 * The shapes in which OpenAI-compatible providers report an error, in a body of its own or within a stream.
 *
 * Invariant: only a code or type is taken, never a message: messages quote requests.
 */
import { objectAt, textAt } from '../fields.ts'
import type { CallFacts, JsonObject } from '../provider.ts'

/** Keys of a body that {@link readError} looks at. */
export const ERROR_PATHS: readonly string[] = ['error', 'code', 'type', 'object']

/** A code is one word: some providers put a sentence where others have the code. */
const CODE = /^[\w.:/-]{1,64}$/

/**
 * Reads `{error: {code, type}}`, `{error: 'text', code}` and `{object: 'error', code, type}`. An error that has
 * no code is `_OTHER`.
 */
export function readError(body: JsonObject, facts: CallFacts): void {
  const { error } = body
  if (typeof error === 'object' && error !== null) {
    facts.error = codeOf(objectAt(body, 'error') ?? {}) ?? '_OTHER'
  } else if (typeof error === 'string' && error !== '') {
    facts.error = codeOf({ code: body.code }) ?? '_OTHER'
  } else if (body.object === 'error' || body.type === 'error') {
    facts.error = codeOf({ code: body.code, type: body.type === 'error' ? undefined : body.type }) ?? '_OTHER'
  }
}

function codeOf(error: JsonObject): string | undefined {
  const code = typeof error.code === 'number' ? String(error.code) : textAt(error, 'code')
  for (const candidate of [code, textAt(error, 'type'), textAt(error, 'status')]) {
    if (candidate !== undefined && CODE.test(candidate)) return candidate
  }
  return undefined
}
