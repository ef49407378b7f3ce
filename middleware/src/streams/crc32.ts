/**
 * CRC-32 (ISO 3309, as in gzip) over text with one character per byte, in as many pieces as it comes in.
 */

const TABLE = new Uint32Array(256).map((_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** @param before the result for what came before. @returns an unsigned 32-bit number */
export function crc32(latin1: string, before = 0): number {
  let crc = ~before
  for (let at = 0; at < latin1.length; at++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ latin1.charCodeAt(at)) & 255] ?? 0)
  }
  return ~crc >>> 0
}
