/**
 * Picks the values at a few paths out of a JSON text that is here as a whole.
 *
 * Invariant: the result is that of {@link createJsonPicker}; it takes a part of the time because nothing has to be
 * kept between two pieces. Content is stepped over, and nothing of it stays in memory.
 */
import type { JsonObject } from './json-picker.ts'
import { decodeUtf8 } from './latin1.ts'

/** What is wanted at a level. */
interface Level {
  wanted: boolean
  keys: Map<string, Level>
  /** Of the items, where it is a list. */
  items: Level | undefined
}

const MAX_VALUE = 64 * 1024
const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const BROKEN = new Error('cannot read JSON: it is not whole')

/** Lists of paths belong to endpoints, of which there are few. */
const plans = new WeakMap<readonly string[], Level>()

function planFor(paths: readonly string[]): Level {
  const known = plans.get(paths)
  if (known) return known
  const top = newLevel()
  for (const path of paths) {
    let level = top
    for (const part of path.split('.')) {
      const list = part.endsWith('[]')
      const key = list ? part.slice(0, -2) : part
      const next = level.keys.get(key) ?? newLevel()
      level.keys.set(key, next)
      if (list) next.items ??= newLevel()
      level = list ? (next.items as Level) : next
    }
    level.wanted = true
  }
  plans.set(paths, top)
  return top
}

function newLevel(): Level {
  return { wanted: false, keys: new Map(), items: undefined }
}

/** The text that is read, and where; it is read in one go. */
let text = ''
let at = 0
let latin1 = false

/**
 * @param paths as those of {@link createJsonPicker}
 * @param encoding `latin1` where the text has one character per byte, `text` where it is text already
 * @returns `undefined` where the text is not one JSON object
 */
export function pickWhole(
  whole: string,
  paths: readonly string[],
  encoding: 'latin1' | 'text',
): JsonObject | undefined {
  text = whole
  at = 0
  latin1 = encoding === 'latin1'
  try {
    return next() === OPEN_OBJECT ? readObject(planFor(paths)) : undefined
  } catch {
    return undefined
  } finally {
    text = ''
  }
}

/** The next character that is no white space, which is then behind us. */
function next(): number {
  for (;;) {
    const code = text.charCodeAt(at++)
    if (code > 32) return code
    if (Number.isNaN(code)) throw BROKEN
  }
}

function readObject(level: Level): JsonObject {
  const found: JsonObject = {}
  for (;;) {
    const code = next()
    if (code === CLOSE_OBJECT) return found
    if (code === COMMA) continue
    if (code !== QUOTE) throw BROKEN
    const from = at
    skipString()
    const key = text.slice(from, at - 1)
    if (next() !== COLON) throw BROKEN
    const inner = level.keys.get(key)
    if (!inner) skip()
    else {
      const value = readValue(inner)
      if (value !== undefined) found[key] = value
    }
  }
}

/** The value that begins here; `undefined` where nothing of it is wanted. */
function readValue(level: Level): unknown {
  const first = next()
  const from = at - 1
  if (!level.wanted) {
    if (first === OPEN_OBJECT && level.keys.size > 0) return readWanted(level)
    if (first === OPEN_LIST && level.items) return readList(level.items)
    at = from
    skip()
    return undefined
  }
  at = from
  skip()
  if (at - from > MAX_VALUE) return undefined
  // Parsed also where it could be cut out: a part of a text keeps all of it in memory.
  const raw = text.slice(from, at)
  return JSON.parse(latin1 ? decodeUtf8(raw) : raw)
}

/** What is wanted of an object; `undefined` where it has nothing of that. */
function readWanted(level: Level): JsonObject | undefined {
  const found = readObject(level)
  for (const _key in found) return found
  return undefined
}

/** As many items as there are, empty where nothing of one is wanted; `undefined` where that is true of all. */
function readList(level: Level): unknown[] | undefined {
  const found: unknown[] = []
  for (let index = 0; ; index++) {
    const code = next()
    if (code === CLOSE_LIST) return found.length > 0 ? found : undefined
    at--
    const value = readValue(level)
    if (value !== undefined) found[index] = value
    const behind = next()
    if (behind === CLOSE_LIST) return found.length > 0 ? found : undefined
    if (behind !== COMMA) throw BROKEN
  }
}

/** Steps over the value that begins here, up to what ends it. */
function skip(): void {
  let depth = 0
  for (;;) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at++
        skipString()
        if (depth === 0) return
        continue
      case OPEN_OBJECT:
      case OPEN_LIST:
        depth++
        break
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        if (depth === 0) return
        if (--depth === 0) {
          at++
          return
        }
        break
      case COMMA:
        if (depth === 0) return
        break
      default:
        if (at >= text.length) throw BROKEN
    }
    at++
  }
}

/** Steps over the rest of a string, and its closing quote. */
function skipString(): void {
  for (let end = text.indexOf('"', at); end >= 0; end = text.indexOf('"', end + 1)) {
    let slash = end
    while (slash > at && text.charCodeAt(slash - 1) === BACKSLASH) slash--
    if ((end - slash) % 2 === 1) continue
    at = end + 1
    return
  }
  throw BROKEN
}
