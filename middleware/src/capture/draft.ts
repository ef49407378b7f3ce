/**
 * A request that is ready to be sent and can still be written anew, for the budgets that it has to pass.
 *
 * Invariant: nothing is read of it unless a budget wants something else sent; what is signed, compressed or no JSON
 * stays as it is, and so does all of a body but what is replaced.
 */

import type { Target } from '../providers/targets.ts'
import { withMaxOutput } from '../quota/max-output.ts'
import { parseObject } from '../streams/json-body.ts'
import type { JsonObject } from '../streams/json-picker.ts'

/** What is asked for instead. */
export interface Wanted {
  model?: string | undefined
  /** The most tokens that the answer may have. */
  maxOutput?: number | undefined
}

/** What differs in a request that was written anew. */
export interface Rewritten {
  body?: string
  /** Path and query, or the whole address, as it was given. */
  address?: string
}

/** Where a request is kept until it is sent. */
export interface Source {
  target: Target
  /** The whole address, or its path and query. */
  address: string
  /** The whole body; whatever is neither text nor bytes is not ours to write. */
  body: unknown
  /** @param name in lower case */
  header(name: string): unknown
}

/** Headers that say of which bytes a body consists; whoever checks them refuses another. */
const SEALS = [
  ...['content-encoding', 'content-md5', 'digest', 'content-digest', 'repr-digest'],
  ...['signature', 'signature-input', 'x-amz-content-sha256', 'x-signature'],
]
const decoder = new TextDecoder('utf-8', { fatal: true })

export class Draft {
  readonly #read: () => Source | undefined
  #source: Source | null | undefined
  #json: JsonObject | null | undefined

  /** @param read gives the request, where it can be written anew; asked once, when a budget wants something */
  constructor(read: () => Source | undefined) {
    this.#read = read
  }

  /** Whether another model can be asked. @param model the one that the call counts as */
  takesModel(model: string | undefined): boolean {
    const source = this.#unsealed()
    if (!source || model === undefined) return false
    const named = source.target.match.model
    const said = this.#body()?.model
    if (named === undefined) return said === model
    return named === model && (said === undefined || said === model) && inPath(source, 'x') !== undefined
  }

  /** Whether the size of the answer can be said. */
  takesMaxOutput(): boolean {
    return this.#unsealed()?.target.match.endpoint.maxOutput !== undefined && this.#body() !== undefined
  }

  /** The request with what is wanted. */
  rewrite({ model, maxOutput }: Wanted): Rewritten {
    const source = this.#unsealed()
    const body = this.#body()
    const rewritten: Rewritten = {}
    if (!source) return rewritten
    let changed = body
    const { maxOutput: path } = source.target.match.endpoint
    if (changed && maxOutput !== undefined && path) changed = withMaxOutput(changed, path, maxOutput)
    if (model !== undefined) {
      if (changed && typeof changed.model === 'string') changed = { ...changed, model }
      const address = inPath(source, model)
      if (address !== undefined) rewritten.address = address
    }
    if (changed !== body) rewritten.body = JSON.stringify(changed)
    return rewritten
  }

  #unsealed(): Source | undefined {
    if (this.#source === undefined) {
      const source = this.#read()
      this.#source = source && !isSealed(source) ? source : null
    }
    return this.#source ?? undefined
  }

  #body(): JsonObject | undefined {
    if (this.#json === undefined) this.#json = parsed(this.#unsealed()?.body) ?? null
    return this.#json ?? undefined
  }
}

function parsed(body: unknown): JsonObject | undefined {
  if (typeof body === 'string') return parseObject(body)
  if (!(body instanceof Uint8Array || body instanceof ArrayBuffer)) return undefined
  try {
    return parseObject(decoder.decode(body))
  } catch {
    return undefined
  }
}

/** AWS and its like sign the path and the body. */
function isSealed({ address, header }: Source): boolean {
  if (SEALS.some((name) => header(name) != null)) return true
  return (
    /^\s*(?:aws4|[\w-]*hmac|signature\b)/i.test(String(header('authorization') ?? '')) ||
    /[?&](?:x-amz-)?signature=/i.test(address)
  )
}

/** The address with another model in the segment that names it, alone or before a colon: `/models/NAME:generate`. */
function inPath({ address, target }: Source, model: string): string | undefined {
  const named = target.match.model
  if (named === undefined) return undefined
  const end = /[?#]/.exec(address)?.index ?? address.length
  const segments = address.slice(0, end).split('/')
  const places = segments.flatMap((segment, place) => {
    const length = lengthOf(named, segment)
    return length === undefined ? [] : [{ place, length }]
  })
  const [one, another] = places
  if (!one || another) return undefined
  segments[one.place] = encodeURIComponent(model) + (segments[one.place] ?? '').slice(one.length)
  return segments.join('/') + address.slice(end)
}

/** How many characters of a segment are the name, however it is escaped. */
function lengthOf(name: string, segment: string): number | undefined {
  for (const written of [name, encodeURIComponent(name), encodeURIComponent(name).replaceAll('%3A', ':')]) {
    if (segment === written || segment.startsWith(`${written}:`)) return written.length
  }
  return undefined
}
