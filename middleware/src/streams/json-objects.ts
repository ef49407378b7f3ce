/**
 * The JSON objects of a stream, parsed incrementally: one a line (NDJSON), in one array, or one after the other.
 *
 * Invariant: the objects do not depend on where the text was cut, and at most `maxData` characters are held: a
 * larger object goes piecewise to a sink of its own. What stands between objects is skipped.
 */
import type { LargeEvent } from './sse.ts'

export interface JsonObjectHandlers {
  /** @param data one object, one character per byte (not decoded yet) */
  onObject(data: string): void
  /** Called instead of `onObject` once an object has more than `maxData` characters; absent = it is skipped. */
  onLargeObject?(): LargeEvent
}

export interface JsonObjectsParser {
  /** @param text one character per byte */
  push(text: string): void
  /** The stream is over; an object that it cuts off is dropped. */
  end(): void
}

const MAX_DATA = 64 * 1024
const SKIPPED: LargeEvent = { push() {}, end() {} }

const QUOTE = 34
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125

export function createJsonObjectsParser(
  handlers: JsonObjectHandlers,
  maxData: number = MAX_DATA,
): JsonObjectsParser {
  let depth = 0
  let inString = false
  let escaped = false
  let held = ''
  let large: LargeEvent | undefined

  function keep(part: string): void {
    if (large) {
      large.push(part)
      return
    }
    held += part
    if (held.length <= maxData) return
    large = handlers.onLargeObject?.() ?? SKIPPED
    large.push(held)
    held = ''
  }

  function dispatch(): void {
    if (large) large.end()
    else handlers.onObject(held)
    held = ''
    large = undefined
  }

  /** Index after the string that covers `from`, or the text's length where it goes on. */
  function skipString(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      if (escaped) escaped = false
      else {
        const code = text.charCodeAt(at)
        if (code === BACKSLASH) escaped = true
        else if (code === QUOTE) {
          inString = false
          return at + 1
        }
      }
    }
    return text.length
  }

  return {
    push(text) {
      let from = 0
      let at = 0
      while (at < text.length) {
        if (inString) {
          at = skipString(text, at)
          continue
        }
        if (depth === 0) {
          at = text.indexOf('{', at)
          if (at < 0) return
          from = at
        }
        const code = text.charCodeAt(at++)
        if (code === QUOTE) inString = true
        else if (code === OPEN) depth++
        else if (code === CLOSE) {
          depth--
          if (depth > 0) continue
          keep(text.slice(from, at))
          dispatch()
        }
      }
      if (depth > 0) keep(text.slice(from))
    },
    end() {
      if (large) large.end()
      held = ''
      large = undefined
    },
  }
}
