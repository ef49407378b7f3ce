/**
 * Records of a write-ahead file: one accepted request each.
 *
 * Invariant: a record is read back whole and unchanged or not at all; what follows the first damaged one is
 * a tail that a crash tore, which was never acknowledged.
 * Layout, little endian: u32 length of the body, u32 CRC-32 of everything after it, u64 time of receipt in
 * milliseconds, u8 content kind, body.
 */
import { crc32 } from 'node:zlib'

/** How a body is encoded. */
export type ContentKind = 'protobuf' | 'json'

/** One record. */
export interface Frame {
  kind: ContentKind
  /** Milliseconds since 1970. */
  receivedAt: number
  body: Buffer
}

/** Bytes of a record before its body. */
export const HEAD_BYTES = 17
const KINDS: readonly ContentKind[] = ['protobuf', 'json']

/** The head of a record; the body is written after it as it is. */
export function encodeHead({ kind, receivedAt, body }: Frame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(body.length, 0)
  head.writeBigUInt64LE(BigInt(receivedAt), 8)
  head.writeUInt8(KINDS.indexOf(kind), 16)
  head.writeUInt32LE(crc32(body, crc32(head.subarray(8))), 4)
  return head
}

/** Every whole record of a file, in order. */
export function decodeFrames(file: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = 0
  while (at + HEAD_BYTES <= file.length) {
    const end = at + HEAD_BYTES + file.readUInt32LE(at)
    const kind = KINDS[file.readUInt8(at + 16)]
    if (end > file.length || kind === undefined) break
    if (crc32(file.subarray(at + 8, end)) !== file.readUInt32LE(at + 4)) break
    frames.push({
      kind,
      receivedAt: Number(file.readBigUInt64LE(at + 8)),
      body: file.subarray(at + HEAD_BYTES, end),
    })
    at = end
  }
  return frames
}
