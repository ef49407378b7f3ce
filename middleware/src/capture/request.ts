/**
 * What can be known of a request without disturbing it.
 *
 * Invariant: a body is read only where it is a string or bytes already; streams and `Request` objects are not
 * touched, and content is never kept.
 */
import { createJsonPicker } from '../streams/json-picker.ts'
import { toLatin1 } from '../streams/latin1.ts'

export interface RequestFacts {
  model?: string
  stream: boolean
  /** Characters, or bytes, of the body; 0 where it could not be seen. */
  length: number
}

/** The method of a `fetch` call, in upper case where it matters (`POST`). */
export function methodOf(input: unknown, init: RequestInit | undefined): string {
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  return method === 'POST' || method === 'GET' ? method : String(method).toUpperCase()
}

/** The URL of a `fetch` call; `undefined` where `fetch` itself will refuse it. */
export function urlOf(input: unknown): URL | undefined {
  if (input instanceof URL) return input
  const text = typeof input === 'string' ? input : input instanceof Request ? input.url : String(input)
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const PATHS = ['model', 'stream']

export function readRequest(init: RequestInit | undefined): RequestFacts {
  const body = init?.body
  if (body instanceof FormData) return readForm(body)
  const text = typeof body === 'string' ? body : body instanceof Uint8Array ? toLatin1(body) : undefined
  if (text === undefined) return { stream: false, length: 0 }
  const picker = createJsonPicker(PATHS, typeof body === 'string' ? 'text' : 'latin1')
  picker.push(text)
  const { model, stream } = picker.end() ?? {}
  const facts: RequestFacts = { stream: stream === true, length: text.length }
  if (typeof model === 'string' && model !== '') facts.model = model.slice(0, 256)
  return facts
}

/** Uploads (audio to transcribe, images to edit) name their model in a field beside the file. */
function readForm(form: FormData): RequestFacts {
  const model = form.get('model')
  const facts: RequestFacts = { stream: form.get('stream') === 'true', length: 0 }
  if (typeof model === 'string' && model !== '') facts.model = model.slice(0, 256)
  return facts
}
