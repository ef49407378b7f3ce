/**
 * Lists, maps and bytes of protobuf attributes as JSON values: rare enough for objects.
 *
 * Invariant: nested at most `MAX_DEPTH` deep; deeper is a `BadInput`.
 */
import { BadInput } from './bad-input.ts'
import type { Wire } from './wire.ts'

const MAX_DEPTH = 16

/** The `AnyValue` between `at` and `end` of `wire`. */
export function readValue(wire: Wire, depth: number): unknown {
  if (depth > MAX_DEPTH) {
    throw new BadInput(
      400,
      'too_deep',
      `cannot read the protobuf body: a value is nested more than ${MAX_DEPTH} deep at byte ${wire.at}; send flatter attributes`,
    )
  }
  let value: unknown = null
  while (wire.at < wire.end) {
    const tag = wire.tag()
    if (tag === 0x0a) value = wire.slice().toString()
    else if (tag === 0x10) value = wire.varint() !== 0
    else if (tag === 0x18) value = wire.int64()
    else if (tag === 0x21) value = wire.source.data.getFloat64(wire.fixed(8), true)
    else if (tag === 0x3a) value = wire.slice().toString('base64')
    else if (tag === 0x2a) value = readList(wire, depth)
    else if (tag === 0x32) value = readMap(wire, depth)
    else wire.skip(tag)
  }
  return value
}

function readList(wire: Wire, depth: number): unknown[] {
  const list: unknown[] = []
  within(wire, () => {
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === 0x0a) within(wire, () => list.push(readValue(wire, depth + 1)))
      else wire.skip(tag)
    }
  })
  return list
}

function readMap(wire: Wire, depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = []
  within(wire, () => {
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === 0x0a) within(wire, () => entries.push(readEntry(wire, depth)))
      else wire.skip(tag)
    }
  })
  return Object.fromEntries(entries)
}

function readEntry(wire: Wire, depth: number): [string, unknown] {
  let key = ''
  let value: unknown = null
  while (wire.at < wire.end) {
    const tag = wire.tag()
    if (tag === 0x0a) key = wire.slice().toString()
    else if (tag === 0x12) {
      within(wire, () => {
        value = readValue(wire, depth + 1)
      })
    } else wire.skip(tag)
  }
  return [key, value]
}

/** Reads a nested message. */
function within(wire: Wire, read: () => void): void {
  const stop = wire.span()
  const { end } = wire
  wire.end = stop
  read()
  wire.at = stop
  wire.end = end
}

/** What a list, a map or bytes become as an attribute's text: a list of texts is joined by commas. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(',')
  return JSON.stringify(value)
}

/** Where the text of a list of one short text starts, as finish reasons are; it ends with `wire`. -1 for any other list. */
export function onlyText({ buffer, at, end }: Wire): number {
  // list length, value tag, its length, text tag, its length: each length in one byte, and each the rest
  const count = end - at - 5
  const plain =
    count >= 0 &&
    count < 124 &&
    buffer[at] === count + 4 &&
    buffer[at + 1] === 0x0a &&
    buffer[at + 2] === count + 2 &&
    buffer[at + 3] === 0x0a &&
    buffer[at + 4] === count
  return plain ? at + 5 : -1
}
