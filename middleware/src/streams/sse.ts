/**
 * Server-sent events, parsed incrementally (WHATWG HTML, section 9.2.6).
 *
 * Invariant: the events do not depend on where the bytes were cut, and at most `maxData` characters are held:
 * a larger event goes piecewise to a sink of its own. One leniency: an event that the end of the stream cuts
 * off before its blank line is still delivered, because usage may be in it.
 */

/** Takes the data of an event that is too large to hold. */
export interface LargeEvent {
  push(latin1: string): void
  end(): void
}

export interface SseHandlers {
  /** @param data the event's data lines, one character per byte (not decoded yet) */
  onEvent(event: string, data: string): void
  /** Called instead of `onEvent` once an event has more than `maxData` characters; absent = it is skipped. */
  onLargeEvent?(event: string): LargeEvent
}

export interface SseParser {
  /** @param text one character per byte */
  push(text: string): void
  /** The stream is over. */
  end(): void
}

const MAX_DATA = 64 * 1024
const SKIPPED: LargeEvent = { push() {}, end() {} }

export function createSseParser(handlers: SseHandlers, maxData: number = MAX_DATA): SseParser {
  let carry = ''
  let event = ''
  let data: string | undefined
  let large: LargeEvent | undefined
  /** Within a line whose beginning was already handed out or dropped. */
  let midLine: 'data' | 'dropped' | undefined
  let afterCarriageReturn = false
  let first = true

  function grow(text: string): void {
    if (large) {
      large.push(text)
      return
    }
    data = data === undefined ? text : `${data}\n${text}`
    if (data.length > maxData) startLarge()
  }

  function startLarge(): void {
    large = handlers.onLargeEvent?.(event) ?? SKIPPED
    if (data !== undefined) large.push(data)
    data = undefined
  }

  function dispatch(): void {
    if (large) large.end()
    else if (data !== undefined) handlers.onEvent(event, data)
    event = ''
    data = undefined
    large = undefined
  }

  function line(text: string): void {
    if (text === '') dispatch()
    else if (text.startsWith('data:')) grow(text.slice(text.charCodeAt(5) === 32 ? 6 : 5))
    else if (text.startsWith('event:')) event = text.slice(text.charCodeAt(6) === 32 ? 7 : 6)
  }

  /** A line that has no end yet is already too long to hold. */
  function overflow(text: string): void {
    midLine = text.startsWith('data:') ? 'data' : 'dropped'
    if (midLine === 'dropped') return
    const value = text.slice(text.charCodeAt(5) === 32 ? 6 : 5)
    if (large) large.push(value)
    else {
      data = data === undefined ? value : `${data}\n${value}`
      startLarge()
    }
  }

  function pushLines(text: string): void {
    let from = 0
    if (midLine) {
      const end = text.indexOf('\n')
      if (midLine === 'data') large?.push(end < 0 ? text : text.slice(0, end))
      if (end < 0) return
      midLine = undefined
      from = end + 1
    }
    for (;;) {
      const end = text.indexOf('\n', from)
      if (end < 0) break
      line(from === end ? '' : text.slice(from, end))
      from = end + 1
    }
    carry = from === 0 ? text : text.slice(from)
    if (carry.length > maxData) {
      overflow(carry)
      carry = ''
    }
  }

  return {
    push(text) {
      if (text === '') return
      let lines = text
      if (afterCarriageReturn) {
        afterCarriageReturn = false
        if (lines.charCodeAt(0) === 10) lines = lines.slice(1)
      }
      if (lines.includes('\r')) {
        afterCarriageReturn = lines.endsWith('\r')
        lines = lines.replace(/\r\n?/g, '\n')
      }
      if (carry !== '') {
        lines = carry + lines
        carry = ''
      }
      if (first) {
        // A byte order mark may arrive byte by byte.
        if (lines.length < 3 && '\u00ef\u00bb\u00bf'.startsWith(lines)) {
          carry = lines
          return
        }
        first = false
        if (lines.startsWith('\u00ef\u00bb\u00bf')) lines = lines.slice(3)
      }
      pushLines(lines)
    },
    end() {
      if (carry !== '') line(carry)
      carry = ''
      dispatch()
    },
  }
}
