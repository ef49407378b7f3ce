/**
 * Reads the parts of a JSON body that matter, as its bytes pass by.
 *
 * Invariant: at most 16 KiB of a body are held, for as long as it takes to see its end; a larger body is
 * reduced to the wanted paths while it passes.
 */
import { createJsonPicker, type JsonObject, type JsonPicker } from './json-picker.ts'
import { pickWhole } from './json-whole.ts'
import { decodeUtf8 } from './latin1.ts'

const WHOLE = 16 * 1024
/** Up to here the runtime's own parser is quicker, though it makes texts that nobody wants. */
const SMALL = 4 * 1024

/** Receives the body in one-character-per-byte pieces. */
export interface JsonBody {
  push(latin1: string): void
  /** The whole body, or what `paths` found where it is large; `undefined` where it is not a JSON object. */
  end(): JsonObject | undefined
}

/**
 * @param paths what to keep of a body that is too large to hold, see {@link createJsonPicker}
 * @param counts keys to count in such a body, at any depth: `data` becomes `#data`
 */
export function createJsonBody(paths: readonly string[], counts: readonly string[] = []): JsonBody {
  let held = ''
  let picker: JsonPicker | undefined
  let counters: KeyCounter[] = []
  function pick(latin1: string): void {
    picker?.push(latin1)
    for (const counter of counters) counter.push(latin1)
  }
  return {
    push(latin1) {
      if (picker) {
        pick(latin1)
        return
      }
      held += latin1
      if (held.length <= WHOLE) return
      picker = createJsonPicker(paths, 'latin1')
      counters = counts.map(createKeyCounter)
      pick(held)
      held = ''
    },
    end() {
      // What is counted in a large body is read off a small one.
      if (!picker && (held.length <= SMALL || counts.length > 0)) return parseObject(decodeUtf8(held))
      if (!picker) return pickWhole(held, paths, 'latin1')
      const body = picker.end()
      if (body) for (const { key, count } of counters) body[`#${key}`] = count
      return body
    },
  }
}

interface KeyCounter {
  key: string
  count: number
  push(latin1: string): void
}

/** Inside a string a quote is escaped, so what stands in plain quotes before a colon is a key. */
function createKeyCounter(key: string): KeyCounter {
  const marker = `"${key}":`
  let tail = ''
  return {
    key,
    count: 0,
    push(latin1) {
      const text = tail + latin1
      let from = 0
      for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, from)) {
        this.count++
        from = at + marker.length
      }
      tail = text.slice(Math.max(from, text.length - marker.length + 1))
    },
  }
}

/** The JSON object in `text`, or `undefined` where there is none. */
export function parseObject(text: string): JsonObject | undefined {
  if (text === '') return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as JsonObject)
      : undefined
  } catch {
    return undefined
  }
}
