/** Columns as one block of ClickHouse's Native format: https://clickhouse.com/docs/interfaces/formats/Native */
import { Bytes } from './bytes.ts'
import type { Column } from './columns.ts'
import { wordOf } from './words.ts'

/** Puts columns with `rows` rows each together as one Native block. */
export function encodeBlock(columns: readonly Column[], rows: number): Buffer {
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
  return Buffer.concat(parts)
}
