/**
 * Records of a write-ahead file: one accepted request each.
 *
 * Invariant: a record is read back whole and unchanged or not at all; what follows the first damaged one is
 * a tail that a crash tore, which was never acknowledged.
 * Layout, little endian: u32 length of the rest after the head, u32 CRC-32 of everything after it, u64 time of
 * receipt in milliseconds, u8 content kind; then, where the kind has its highest bit set, u32 length and bytes
 * of the skip list; where it has the next one set, u32 length and bytes of the tenant; the next one, of the list of
 * what was counted already; then the body.
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
  /** One bit for each span of the body in order, lowest bit first: set where the span had been stored before. */
  skip?: Buffer
  /** The same for spans whose call was counted already: another span stands for it. Absent where nobody judged that. */
  counted?: Buffer
  /** The tenant of the token that sent it: what the spans say of theirs does not count. */
  tenant?: string | undefined
}

/** Bytes of a record before its body. */
const HEAD_BYTES = 17
const KINDS: readonly ContentKind[] = ['protobuf', 'json']

const HAS_SKIP = 0x80
const HAS_TENANT = 0x40
const HAS_COUNTED = 0x20
const FLAGS = HAS_SKIP | HAS_TENANT | HAS_COUNTED

/** Everything of a record that comes before its body; the body is written after it as it is. */
export function encodeHead({ kind, receivedAt, body, skip, tenant, counted }: Frame): Buffer {
  const extras = [skip, tenant === undefined ? undefined : Buffer.from(tenant), counted]
  const extra = extras.reduce((sum, part) => sum + (part === undefined ? 0 : 4 + part.length), 0)
  const head = Buffer.alloc(HEAD_BYTES + extra)
  head.writeUInt32LE(extra + body.length, 0)
  head.writeBigUInt64LE(BigInt(receivedAt), 8)
  const has = [HAS_SKIP, HAS_TENANT, HAS_COUNTED]
  const flags = extras.reduce((sum, part, i) => sum | (part === undefined ? 0 : (has[i] as number)), 0)
  head.writeUInt8(KINDS.indexOf(kind) | flags, 16)
  let at = HEAD_BYTES
  for (const part of extras) {
    if (part === undefined) continue
    at = head.writeUInt32LE(part.length, at)
    at += part.copy(head, at)
  }
  head.writeUInt32LE(crc32(body, crc32(head.subarray(8))), 4)
  return head
}

/** Every whole record of a file, in order. */
export function decodeFrames(file: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = 0
  while (at + HEAD_BYTES <= file.length) {
    const end = at + HEAD_BYTES + file.readUInt32LE(at)
    const flags = file.readUInt8(at + 16)
    const kind = KINDS[flags & ~FLAGS]
    if (end > file.length || kind === undefined) break
    if (crc32(file.subarray(at + 8, end)) !== file.readUInt32LE(at + 4)) break
    const frame: Frame = {
      kind,
      receivedAt: Number(file.readBigUInt64LE(at + 8)),
      body: file.subarray(at + HEAD_BYTES, end),
    }
    if ((flags & HAS_SKIP) !== 0) frame.skip = takeExtra(frame)
    if ((flags & HAS_TENANT) !== 0) frame.tenant = takeExtra(frame).toString()
    if ((flags & HAS_COUNTED) !== 0) frame.counted = takeExtra(frame)
    frames.push(frame)
    at = end
  }
  return frames
}

/** Cuts the next extra off the front of the body. */
function takeExtra(frame: Frame): Buffer {
  const end = 4 + frame.body.readUInt32LE(0)
  const extra = frame.body.subarray(4, end)
  frame.body = frame.body.subarray(end)
  return extra
}
