/**
 * Picks the values at a few paths out of JSON of any size, as its text passes by.
 *
 * Invariant: memory is bounded by the picked values (64 KiB each, 4 MiB of those in lists), whatever the size of the
 * document, and the result does not depend on where the text was cut.
 */
import { decodeUtf8 } from './latin1.ts'

export type JsonObject = { [key: string]: unknown }

/** Receives one JSON document in pieces. */
export interface JsonPicker {
  push(text: string): void
  /** What was found, nested as in the document; `undefined` where the text was not a JSON object. */
  end(): JsonObject | undefined
}

const MAX_VALUE = 64 * 1024
const MAX_KEY = 256
/** Of all values in lists together; what comes after them is left out, and `#cut` is true. */
const MAX_ITEMS = 4 * 1024 * 1024

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

interface Plan {
  wanted: ReadonlySet<string>
  /** Whether items of lists are wanted. */
  lists: boolean
  maxDepth: number
}

/** Lists of paths belong to endpoints, of which there are few. */
const plans = new WeakMap<readonly string[], Plan>()

function planFor(paths: readonly string[]): Plan {
  const known = plans.get(paths)
  if (known) return known
  // Inside a list the level of its items has no key: `output[].type` is `output`, nothing, `type`.
  const wanted = new Set(paths.map((path) => path.replaceAll('[]', '.')))
  const maxDepth = Math.max(...[...wanted].map((path) => path.split('.').length))
  const plan = { wanted, lists: paths.some((path) => path.includes('[]')), maxDepth }
  plans.set(paths, plan)
  return plan
}

/**
 * @param paths dotted keys of objects (`usage`, `response.usage`), `[]` behind those of lists (`output[].type`): of a
 * list's items only these keys are kept, of other lists nothing
 * @param encoding `latin1` where the text has one character per byte, `text` where it is text already
 */
export function createJsonPicker(paths: readonly string[], encoding: 'latin1' | 'text'): JsonPicker {
  const { wanted, lists, maxDepth } = planFor(paths)
  const found = new Map<string, string>()
  /** Of items, by the number of each list's item. */
  const items: { path: string[]; at: number[]; raw: string }[] = []
  let itemsLength = 0
  const objects: boolean[] = []
  const keys: string[] = []
  const indexes: number[] = []
  let started = false
  let depth = 0
  let inString = false
  let oddBackslash = false
  let expectsKey = false
  let key: string | undefined
  let value: string | undefined
  let valuePath = ''
  let valueDepth = 0

  /** Where the string that covers `from` ends: the index after its closing quote, or -1 if not in this piece. */
  function stringEnd(text: string, from: number): number {
    for (let at = from; ; ) {
      const quote = text.indexOf('"', at)
      const end = quote < 0 ? text.length : quote
      let slash = end
      while (slash > from && text.charCodeAt(slash - 1) === 92) slash--
      let odd = (end - slash) % 2 === 1
      if (slash === from && oddBackslash) odd = !odd
      if (quote < 0) {
        oddBackslash = odd
        return -1
      }
      if (!odd) {
        oddBackslash = false
        return quote + 1
      }
      at = quote + 1
      // The escaped quote is behind us: only backslashes after it count from here on.
      from = at
      oddBackslash = false
    }
  }

  function closeValue(text: string, from: number, to: number): void {
    if (value === undefined) return
    if (value.length + to - from <= MAX_VALUE) keep(value + text.slice(from, to))
    value = undefined
  }

  function keep(raw: string): void {
    if (!valuePath.includes('..')) {
      found.set(valuePath, raw)
      return
    }
    itemsLength += raw.length
    if (itemsLength > MAX_ITEMS) return
    items.push({ path: valuePath.split('.'), at: indexes.slice(0, valueDepth), raw })
  }

  return {
    push(text) {
      if (found.size === wanted.size && !lists) return
      let valueFrom = 0
      let at = 0
      while (at < text.length) {
        if (inString) {
          const end = stringEnd(text, at)
          if (key !== undefined && key.length < MAX_KEY) key += text.slice(at, end < 0 ? undefined : end - 1)
          if (end < 0) break
          inString = false
          at = end
          if (key !== undefined) {
            keys[depth - 1] = key
            key = undefined
          }
          continue
        }
        const code = text.charCodeAt(at)
        switch (code) {
          case QUOTE:
            inString = true
            key = expectsKey && value === undefined && depth <= maxDepth ? '' : undefined
            expectsKey = false
            break
          case OPEN_OBJECT:
          case OPEN_LIST:
            started = true
            depth++
            if (depth <= maxDepth) {
              objects[depth - 1] = code === OPEN_OBJECT
              keys[depth - 1] = ''
              indexes[depth - 1] = 0
            }
            expectsKey = code === OPEN_OBJECT && depth <= maxDepth
            break
          case CLOSE_OBJECT:
          case CLOSE_LIST:
            if (depth === valueDepth) closeValue(text, valueFrom, at)
            depth--
            expectsKey = false
            break
          case COMMA:
            if (depth === valueDepth) closeValue(text, valueFrom, at)
            expectsKey = depth > 0 && depth <= maxDepth && objects[depth - 1] === true
            if (lists && depth <= maxDepth && !expectsKey) indexes[depth - 1] = (indexes[depth - 1] ?? 0) + 1
            break
          case COLON:
            if (value === undefined && depth > 0 && depth <= maxDepth) {
              const path = depth === 1 ? (keys[0] ?? '') : keys.slice(0, depth).join('.')
              if (wanted.has(path) && !found.has(path)) {
                value = ''
                valuePath = path
                valueDepth = depth
                valueFrom = at + 1
              }
            }
            break
        }
        at++
        if (found.size === wanted.size && !lists) return
      }
      if (value !== undefined && value.length <= MAX_VALUE) value += text.slice(valueFrom)
    },

    end() {
      if (!started) return undefined
      const result: JsonObject = {}
      for (const [path, raw] of found) {
        try {
          const parsed: unknown = JSON.parse(encoding === 'latin1' ? decodeUtf8(raw) : raw)
          if (path.includes('.')) place(result, path.split('.'), parsed)
          else result[path] = parsed
        } catch {
          // Not JSON after all: what cannot be read was not reported.
        }
      }
      if (itemsLength > MAX_ITEMS) result['#cut'] = true
      for (const { path, at, raw } of items) {
        try {
          placeItem(result, path, at, JSON.parse(encoding === 'latin1' ? decodeUtf8(raw) : raw))
        } catch {
          // As above.
        }
      }
      return result
    },
  }
}

function place(target: JsonObject, path: string[], value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    target[first] = value
    return
  }
  target[first] ??= {}
  const inner = target[first] as JsonObject | null
  if (typeof inner === 'object' && inner !== null) place(inner, rest, value)
}

/** As {@link place}, where a level without a key is a list's, and `at` says which item. */
function placeItem(target: JsonObject, path: string[], at: number[], value: unknown): void {
  let holder: JsonObject = target
  for (const [level, key] of path.entries()) {
    const list = path[level + 1] === ''
    const name = key === '' ? String(at[level]) : key
    if (level === path.length - 1) holder[name] = value
    else {
      holder[name] ??= list ? [] : {}
      holder = holder[name] as JsonObject
    }
  }
}
