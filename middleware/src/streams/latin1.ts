/**
 * Bytes as text with one character per byte (ISO 8859-1), which is how the stream parsers see everything.
 *
 * Invariant: no byte sequence is ever cut in the middle of a character, so parsers may split text anywhere;
 * what leaves a parser as a value goes through {@link decodeUtf8} first.
 */

/** Runtimes at the edge have none. */
const HAS_BUFFER = typeof Buffer === 'function'
/** Arguments that a call may safely have. */
const PIECE = 8_192

/** One character per byte; valid until the bytes change, because it is a copy. */
export function toLatin1(bytes: Uint8Array): string {
  if (!HAS_BUFFER) return spell(bytes)
  if (Buffer.isBuffer(bytes)) return bytes.toString('latin1')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: anything outside ASCII needs decoding
const BEYOND_ASCII = /[^\x00-\x7f]/

/** The UTF-8 text behind one-character-per-byte text. */
export function decodeUtf8(latin1: string): string {
  if (HAS_BUFFER) {
    // Characters beyond ASCII take two bytes; counting those is quicker than looking for them.
    if (Buffer.byteLength(latin1) === latin1.length) return latin1
    return Buffer.from(latin1, 'latin1').toString('utf8')
  }
  if (!BEYOND_ASCII.test(latin1)) return latin1
  return new TextDecoder().decode(Uint8Array.from(latin1, (character) => character.charCodeAt(0)))
}

/** For runtimes without `Buffer`: their `TextDecoder` takes "latin1" for another encoding. */
function spell(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE))
  return text
}
