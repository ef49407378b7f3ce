/**
 * Decompresses the messages of a WebSocket whose sides agreed on `permessage-deflate` (RFC 7692).
 *
 * Invariant: at most {@link MAX_COMPRESSED} bytes of a message wait for its end and at most {@link MAX_PLAIN} come
 * of it. A larger one, or one that is no such data, is lost, and with it all that refer to it.
 */

const MAX_COMPRESSED = 4 * 1024 * 1024
const MAX_PLAIN = 16 * 1024 * 1024
const WINDOW = 32 * 1024
/** Every message ends with these, and they are left off. */
const TAIL: Buffer = Buffer.from([0x00, 0x00, 0xff, 0xff])

export interface Inflater {
  /** @param latin1 the next bytes of a message. @throws {RangeError} where they are too many */
  push(latin1: string): void
  /** The whole message, one character per byte. @throws {Error} for what cannot be decompressed */
  end(): string
}

/**
 * @param extensions `sec-websocket-extensions` of the answer. @param side whose messages they are
 * @returns `undefined` where the messages are not compressed
 */
export function createInflater(extensions: string | null, side: 'client' | 'server'): Inflater | undefined {
  const agreed = extensions
    ?.toLowerCase()
    .split(',')
    .find((one) => one.trim().startsWith('permessage-deflate'))
  if (agreed === undefined) return undefined
  const forgets = agreed.includes(`${side}_no_context_takeover`)
  let parts: Buffer[] = []
  let size = 0
  let window: Buffer = Buffer.alloc(0)
  return {
    push(latin1) {
      size += latin1.length
      if (size > MAX_COMPRESSED) throw new RangeError('a compressed message is too large')
      parts.push(Buffer.from(latin1, 'latin1'))
    },
    end() {
      const whole = Buffer.concat([...parts, TAIL])
      parts = []
      size = 0
      const { constants, inflateRawSync } = process.getBuiltinModule('node:zlib')
      const plain = inflateRawSync(whole, {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MAX_PLAIN,
        ...(window.length > 0 ? { dictionary: window } : {}),
      })
      if (!forgets) window = Buffer.concat([window, plain]).subarray(-WINDOW)
      return plain.toString('latin1')
    },
  }
}
