/**
 * Reads the parts of a JSON body that matter, as its bytes pass by.
 *
 * Invariant: at most 16 KiB of a body are held, for as long as it takes to see its end; a larger body is
 * reduced to the wanted paths while it passes.
 */
import { createJsonPicker, type JsonObject, type JsonPicker } from './json-picker.ts'
import { decodeUtf8 } from './latin1.ts'

const WHOLE = 16 * 1024

/** Receives the body in one-character-per-byte pieces. */
export interface JsonBody {
  push(latin1: string): void
  /** The whole body, or what `paths` found where it is large; `undefined` where it is not a JSON object. */
  end(): JsonObject | undefined
}

/** @param paths what to keep of a body that is too large to hold, see {@link createJsonPicker} */
export function createJsonBody(paths: readonly string[]): JsonBody {
  let held = ''
  let picker: JsonPicker | undefined
  return {
    push(latin1) {
      if (picker) {
        picker.push(latin1)
        return
      }
      held += latin1
      if (held.length <= WHOLE) return
      picker = createJsonPicker(paths, 'latin1')
      picker.push(held)
      held = ''
    },
    end() {
      return picker ? picker.end() : parseObject(decodeUtf8(held))
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
