/**
 * The messages of a WebSocket, as the bytes of one direction pass by.
 *
 * Wire format: RFC 6455, section 5. A message may come in several frames, with control frames between them.
 *
 * Invariant: nothing of a message is held here, and the result does not depend on where the bytes were cut. Bytes
 * that are no frames end the reading, once and for all.
 */
import { toLatin1 } from './latin1.ts'

/** Takes one message as it comes. */
export interface MessageSink {
  /** @param latin1 one character per byte */
  push(latin1: string): void
  end(): void
}

export interface FramesOptions {
  /** A message begins. @param compressed by the extension that both sides agreed on (RFC 7692) */
  onMessage(compressed: boolean): MessageSink
}

export interface FrameReader {
  push(bytes: Uint8Array): void
  /** The bytes were no frames. */
  readonly broken: boolean
  /** Where in the bytes that came last the last whole frame ended; `undefined` where none did. */
  readonly ended: number | undefined
  /** Nothing of a frame has come yet. */
  readonly between: boolean
}

const FINAL = 0x80
const COMPRESSED = 0x40
const RESERVED = 0x30
const MASKED = 0x80
const CONTINUATION = 0
const CONTROL = 8
/** Two bytes, eight for the length, four for the mask. */
const MAX_HEAD = 14
/** Of one piece, so that no text is large because the bytes came at once. */
const PIECE = 64 * 1024

export function createFrameReader(options: FramesOptions): FrameReader {
  const head = new Uint8Array(MAX_HEAD)
  let held = 0
  let left = 0
  let inPayload = false
  let broken = false
  let ended: number | undefined
  let final = true
  let masked = false
  let turn = 0
  /** `undefined` within a control frame. */
  let sink: MessageSink | undefined
  let message: MessageSink | undefined

  /** How many bytes the head has, as far as it is known from those that are held. */
  function headSize(): number {
    if (held < 2) return 2
    const length = (head[1] as number) & 0x7f
    return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + ((head[1] as number) & MASKED ? 4 : 0)
  }

  function begin(): void {
    const view = new DataView(head.buffer)
    const first = head[0] as number
    const short = (head[1] as number) & 0x7f
    masked = ((head[1] as number) & MASKED) !== 0
    left = short === 127 ? Number(view.getBigUint64(2)) : short === 126 ? view.getUint16(2) : short
    held = 0
    turn = 0
    inPayload = true
    const opcode = first & 0x0f
    final = (first & FINAL) !== 0
    const continued = opcode === CONTINUATION
    const isControl = opcode >= CONTROL
    if (
      (first & RESERVED) !== 0 ||
      !Number.isSafeInteger(left) ||
      (isControl && (left > 125 || !final)) ||
      (!isControl && continued !== (message !== undefined))
    ) {
      broken = true
      return
    }
    if (isControl) {
      sink = undefined
      return
    }
    if (!continued) message = options.onMessage((first & COMPRESSED) !== 0)
    sink = message
  }

  function finish(): void {
    inPayload = false
    if (!sink || !final) return
    message = undefined
    sink.end()
  }

  function payload(bytes: Uint8Array): void {
    if (!sink) {
      turn += bytes.length
      return
    }
    if (!masked) {
      sink.push(toLatin1(bytes))
      return
    }
    const key = head.subarray(MAX_HEAD - 4)
    const plain = new Uint8Array(bytes.length)
    for (let at = 0; at < bytes.length; at++) {
      plain[at] = (bytes[at] as number) ^ (key[(turn + at) & 3] as number)
    }
    turn += bytes.length
    sink.push(toLatin1(plain))
  }

  return {
    get broken() {
      return broken
    },
    get ended() {
      return ended
    },
    get between() {
      return held === 0 && !inPayload
    },
    push(bytes) {
      let at = 0
      ended = undefined
      while (at < bytes.length && !broken) {
        if (!inPayload) {
          head[held++] = bytes[at++] as number
          const size = headSize()
          if (held < size) continue
          // The mask is kept where no length is ever written.
          if ((head[1] as number) & MASKED) head.copyWithin(MAX_HEAD - 4, size - 4, size)
          begin()
        } else {
          const end = Math.min(at + left, at + PIECE, bytes.length)
          payload(bytes.subarray(at, end))
          left -= end - at
          at = end
        }
        if (inPayload && left === 0 && !broken) {
          ended = at
          finish()
        }
      }
    },
  }
}
