/**
 * What can be known of a request without disturbing it.
 *
 * Invariant: a body is read only where it is a string or bytes already; streams and `Request` objects are not
 * touched, and content is never kept.
 */
import { createJsonPicker, type JsonObject } from '../streams/json-picker.ts'
import { pickWhole } from '../streams/json-whole.ts'
import { toLatin1 } from '../streams/latin1.ts'

export interface RequestFacts {
  model?: string
  stream: boolean
  /** Characters, or bytes, of the body; 0 where it could not be seen. */
  length: number
  /** The fields that the endpoint asked for; dropped as soon as its plugin has read them. */
  fields?: JsonObject
}

/** Reads a request. @param fields further dotted paths of its body that count */
export type ReadRequest = (fields?: readonly string[]) => RequestFacts

/** The method of a `fetch` call, in upper case where it matters (`POST`). */
export function methodOf(input: unknown, init: RequestInit | undefined): string {
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  return method === 'POST' || method === 'GET' ? method : String(method).toUpperCase()
}

/** The address of a `fetch` call. */
export function addressOf(input: unknown): string {
  if (typeof input === 'string') return input
  if (input instanceof URL) return input.href
  return input instanceof Request ? input.url : String(input)
}

const PATHS = ['model', 'stream']
/** By the endpoint's own list. */
const withPaths = new WeakMap<readonly string[], readonly string[]>()

/** Every path once: the picker stops searching when it has found all of them. */
function pathsWith(fields: readonly string[] | undefined): readonly string[] {
  if (!fields) return PATHS
  const known = withPaths.get(fields) ?? [...new Set([...PATHS, ...fields])]
  withPaths.set(fields, known)
  return known
}

export function readRequest(
  init: Pick<RequestInit, 'body'> | undefined,
  fields?: readonly string[],
): RequestFacts {
  const body = init?.body
  if (body instanceof FormData) return readForm(body, fields)
  const text = typeof body === 'string' ? body : body instanceof Uint8Array ? toLatin1(body) : undefined
  if (text === undefined) return { stream: false, length: 0 }
  const plain = fields === undefined && typeof body === 'string' ? readPlain(text) : undefined
  if (plain) return plain
  const found = pickWhole(text, pathsWith(fields), typeof body === 'string' ? 'text' : 'latin1')
  return factsOf(found, text.length, fields)
}

const MODEL_FIRST = '{"model":"'
/** The end of a name that is written as it is. */
const ENDS_NAME = /["\\]/g

/**
 * Reads a body as SDKs write most of them: the model first, and no word of streaming. Quotes inside of texts are
 * escaped, so a key that does not stand anywhere between plain quotes is not there.
 */
function readPlain(text: string): RequestFacts | undefined {
  if (
    !text.startsWith(MODEL_FIRST) ||
    !text.endsWith('}') ||
    text.includes('"stream"') ||
    text.includes('"model"', MODEL_FIRST.length)
  )
    return undefined
  ENDS_NAME.lastIndex = MODEL_FIRST.length
  const end = ENDS_NAME.exec(text)
  if (end?.[0] !== '"' || end.index === MODEL_FIRST.length) return undefined
  // copied, because a part of a text keeps all of it in memory
  const model = nameOf(text.slice(MODEL_FIRST.length, Math.min(end.index, MODEL_FIRST.length + 256)))
  return { model, stream: false, length: text.length }
}

/** Names of models come again and again. */
const names = new Map<string, string>()
const MAX_NAMES = 200

function nameOf(part: string): string {
  const known = names.get(part)
  if (known !== undefined) return known
  const name: string = JSON.parse(JSON.stringify(part))
  if (names.size < MAX_NAMES) names.set(name, name)
  return name
}

function factsOf(
  found: JsonObject | undefined,
  length: number,
  fields: readonly string[] | undefined,
): RequestFacts {
  const { model, stream } = found ?? {}
  const facts: RequestFacts = { stream: stream === true, length }
  if (typeof model === 'string' && model !== '') facts.model = model.slice(0, 256)
  if (fields && found) facts.fields = found
  return facts
}

/** Uploads (audio to transcribe, images to edit) name their model in a field beside the file. */
function readForm(form: FormData, fields: readonly string[] | undefined): RequestFacts {
  const model = form.get('model')
  const facts: RequestFacts = { stream: form.get('stream') === 'true', length: 0 }
  if (typeof model === 'string' && model !== '') facts.model = model.slice(0, 256)
  if (!fields) return facts
  facts.fields = {}
  for (const name of fields) {
    const value = form.get(name)
    if (typeof value === 'string') facts.fields[name] = value
  }
  return facts
}

/** Reads a body as it is sent, piece by piece. */
export interface RequestReader {
  push(piece: Uint8Array): void
  /** What was seen so far. */
  facts(): RequestFacts
}

/** Of a larger body (uploads, long documents) only the beginning is searched. */
const MAX_SEARCHED = 4 * 1024 * 1024

export function createRequestReader(fields?: readonly string[]): RequestReader {
  const picker = createJsonPicker(pathsWith(fields), 'latin1')
  let length = 0
  return {
    push(piece) {
      length += piece.byteLength
      if (length <= MAX_SEARCHED) picker.push(toLatin1(piece))
    },
    facts: () => factsOf(picker.end(), length, fields),
  }
}
