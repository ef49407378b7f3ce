/** Columns as one block of ClickHouse's Native format: https://clickhouse.com/docs/interfaces/formats/Native */
import { Bytes } from './bytes.ts'
import type { Column } from './columns.ts'
import { wordOf } from './words.ts'

/** Shorter runs are put together, because each that is sent costs something. */
const WORTH_SENDING = 64 * 1024

/**
 * Puts columns with `rows` rows each together as one Native block: its bytes, in pieces. Long pieces are the columns'
 * own memory and hold until the columns change.
 */
export function encodeBlock(columns: readonly Column[], rows: number): Buffer[] {
  const head = new Bytes(16)
  head.varint(columns.length)
  head.varint(rows)
  const parts: Buffer[] = [head.view()]
  for (const column of columns) {
    const title = new Bytes(64)
    for (const text of [column.name, column.type]) {
      const bytes = wordOf(text)
      title.string(bytes, 0, bytes.length)
    }
    parts.push(title.view(), ...column.encode(rows))
  }
  return inLongPieces(parts)
}

function inLongPieces(parts: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = []
  let short: Buffer[] = []
  let length = 0
  const join = () => {
    if (length > 0) pieces.push(Buffer.concat(short, length))
    short = []
    length = 0
  }
  for (const part of parts) {
    if (part.length >= WORTH_SENDING) {
      join()
      pieces.push(part)
      continue
    }
    short.push(part)
    length += part.length
    if (length >= WORTH_SENDING) join()
  }
  join()
  return pieces
}
