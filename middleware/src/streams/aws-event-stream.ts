/**
 * AWS event streams (`application/vnd.amazon.eventstream`), parsed incrementally.
 *
 * A message is its length, the length of its headers, a CRC of both, headers, payload, and a CRC of it all; numbers
 * are big-endian. Format: https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html.
 *
 * Invariant: messages do not depend on where the bytes were cut, and one whose CRC does not fit is never delivered:
 * nothing after it can be trusted, so the rest is skipped. At most `maxData` characters of a payload are held, a
 * larger one goes piecewise to a sink of its own, which hears of its end only if the CRC fits.
 */
import { crc32 } from './crc32.ts'
import type { LargeEvent } from './sse.ts'

export interface AwsEventHandlers {
  /** @param type the event's. @param data its payload, one character per byte */
  onEvent(type: string, data: string): void
  /** Called instead of `onEvent` for an event of more than `maxData` characters; absent = it is skipped. */
  onLargeEvent?(type: string): LargeEvent
  /** The stream failed. @param type `throttlingException`, or the code of an error that has no model */
  onException(type: string): void
}

export interface AwsEventStreamParser {
  /** @param text one character per byte */
  push(text: string): void
  /** The stream is over; a message that it cuts off is dropped. */
  end(): void
}

const MAX_DATA = 64 * 1024
const MAX_HEADERS = 128 * 1024
const MAX_MESSAGE = 24 * 1024 * 1024
const PRELUDE = 12
const CRC = 4
const SKIPPED: LargeEvent = { push() {}, end() {} }

interface Message {
  /** Bytes of the payload that are still to come. */
  left: number
  crc: number
  headers: ReadonlyMap<string, string>
  payload: string
  large: LargeEvent | undefined
}

export function createAwsEventStreamParser(
  handlers: AwsEventHandlers,
  maxData: number = MAX_DATA,
): AwsEventStreamParser {
  let held = ''
  let message: Message | undefined
  let broken = false

  /** Begins a message once all before its payload is there. @returns how much that was, 0 = more is needed */
  function open(text: string): number {
    if (text.length < PRELUDE) return 0
    const total = uint32(text, 0)
    const headersLength = uint32(text, 4)
    const left = total - headersLength - PRELUDE - CRC
    const fits = left >= 0 && total <= MAX_MESSAGE && headersLength <= MAX_HEADERS
    if (!fits || crc32(text.slice(0, 8)) !== uint32(text, 8)) {
      broken = true
      return 0
    }
    const size = PRELUDE + headersLength
    if (text.length < size) return 0
    const head = text.slice(0, size)
    const headers = readHeaders(head.slice(PRELUDE))
    const large =
      left > maxData ? (isEvent(headers) && handlers.onLargeEvent?.(typeOf(headers))) || SKIPPED : undefined
    message = { left, crc: crc32(head), headers, payload: '', large }
    return size
  }

  /** Takes payload, or the CRC after it. @returns how much was taken, 0 = more is needed */
  function proceed(text: string, from: number, of: Message): number {
    if (of.left > 0) {
      const part = text.slice(from, from + of.left)
      of.left -= part.length
      of.crc = crc32(part, of.crc)
      if (of.large) of.large.push(part)
      else of.payload += part
      return part.length
    }
    if (text.length - from < CRC) return 0
    message = undefined
    if (of.crc !== uint32(text, from)) {
      broken = true
      return 0
    }
    if (of.large) of.large.end()
    else if (isEvent(of.headers)) handlers.onEvent(typeOf(of.headers), of.payload)
    else handlers.onException(typeOf(of.headers))
    return CRC
  }

  return {
    push(text) {
      if (broken || text === '') return
      const all = held === '' ? text : held + text
      let from = 0
      while (from < all.length) {
        const taken = message ? proceed(all, from, message) : open(from === 0 ? all : all.slice(from))
        if (taken === 0) break
        from += taken
      }
      held = broken ? '' : all.slice(from)
    },
    end() {
      held = ''
    },
  }
}

const isEvent = (headers: ReadonlyMap<string, string>): boolean =>
  (headers.get(':message-type') ?? 'event') === 'event'

const typeOf = (headers: ReadonlyMap<string, string>): string =>
  headers.get(':event-type') ?? headers.get(':exception-type') ?? headers.get(':error-code') ?? ''

function uint32(text: string, at: number): number {
  const byte = (offset: number) => text.charCodeAt(at + offset)
  return byte(0) * 0x1000000 + ((byte(1) << 16) | (byte(2) << 8) | byte(3))
}

/** Bytes of each type of header value; absent = its length comes first. */
const SIZES: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16]
const TEXT = 7

/** Headers that are text; the others tell nothing that matters here. */
function readHeaders(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const nameEnd = at + 1 + text.charCodeAt(at)
    const type = text.charCodeAt(nameEnd)
    if (Number.isNaN(type) || type >= SIZES.length) break
    let from = nameEnd + 1
    let size = SIZES[type]
    if (size === undefined) {
      size = (text.charCodeAt(from) << 8) | text.charCodeAt(from + 1)
      from += 2
    }
    if (type === TEXT) headers.set(text.slice(at + 1, nameEnd), text.slice(from, from + size))
    at = from + size
  }
  return headers
}
