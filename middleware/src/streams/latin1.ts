/**
 * Bytes as text with one character per byte (ISO 8859-1), which is how the stream parsers see everything.
 *
 * Invariant: no byte sequence is ever cut in the middle of a character, so parsers may split text anywhere;
 * what leaves a parser as a value goes through {@link decodeUtf8} first.
 */

/** One character per byte; valid until the bytes change, because it is a copy. */
export function toLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: anything outside ASCII needs decoding
const BEYOND_ASCII = /[^\x00-\x7f]/

/** The UTF-8 text behind one-character-per-byte text. */
export function decodeUtf8(latin1: string): string {
  return BEYOND_ASCII.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1
}
