import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bytes } from '../write/bytes.ts'
import { SpanMemory } from './span-memory.ts'

const hex = (value: number, digits: number) =>
  new Bytes(Buffer.from((value + 1).toString(16).padStart(digits, '0')))
const together = (...parts: Bytes[]) => new Bytes(Buffer.concat(parts.map(({ buffer }) => buffer))).data
const add = (memory: SpanMemory, id: number, trace = 7) => memory.add(hex(trace, 32), hex(id, 16))

test('it knows exactly the spans of a set, through growth and take-backs', () => {
  const step = fc.record({ id: fc.nat(60), trace: fc.nat(3), back: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const memory = new SpanMemory({ maxSpans: 1e6, windowMs: 1000 })
      const known = new Set<string>()
      for (const { id, trace, back } of steps) {
        const key = `${trace} ${id}`
        expect(add(memory, id, trace)).toBe(!known.has(key))
        known.add(key)
        if (!back) continue
        const keys: number[] = []
        memory.pushLast(keys)
        memory.takeBack(keys)
        known.delete(key)
      }
    }),
  )
})

test('a hundred thousand spans with neighbouring ids are told apart, and ids in a row are the same ids', () => {
  const memory = new SpanMemory({ maxSpans: 1e6, windowMs: 1000 })
  for (let id = 0; id < 100_000; id++)
    if (!add(memory, id)) throw new Error(`span ${id} was taken for another`)
  for (let id = 0; id < 100_000; id++) if (add(memory, id)) throw new Error(`span ${id} was forgotten`)
  expect(memory.addPair(together(hex(0, 5), hex(7, 32), hex(500, 16)), 5)).toBe(false)
  expect(memory.addPair(together(hex(8, 32), hex(500, 16)), 0)).toBe(true)
})

test('a span is remembered for the window, and memory is bounded', () => {
  const memory = new SpanMemory({ maxSpans: 2000, windowMs: 1000 })
  memory.advance(0)
  add(memory, 1)
  memory.advance(999)
  expect(add(memory, 1)).toBe(false)
  memory.advance(1000)
  expect(add(memory, 1)).toBe(false)
  memory.advance(2000)
  expect(add(memory, 1)).toBe(true)
  for (let id = 0; id < 100_000; id++) {
    memory.advance(2001)
    add(memory, id)
  }
  expect(memory.size).toBeLessThanOrEqual(2000)
  expect(memory.bytes).toBeLessThan(2 * 16 * (1 << 14) + 1)
  expect(add(memory, 99_500)).toBe(false)
})
