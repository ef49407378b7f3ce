/**
 * The bytes that the arguments of a stream's `write` or `end` stand for.
 *
 * Invariant: bytes are looked at where they are, text is encoded as the stream itself will encode it.
 */

/** @param args `(chunk, encoding, callback)`, each of which may be absent. @returns `undefined` where there is no chunk */
export function toBytes([chunk, encoding]: readonly unknown[]): Uint8Array | undefined {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk !== 'string' || chunk === '') return undefined
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
  return Buffer.from(chunk, known)
}
