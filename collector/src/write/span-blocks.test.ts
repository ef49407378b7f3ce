/** Memory that is used again holds nothing of what was in it before. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { protobuf, span, type TestSpan } from '../../test/spans.ts'
import { BodyBuffers } from '../receive/body-buffers.ts'
import { Decoders, decodeInto } from '../receive/decode.ts'
import { SpanBlock } from './span-block.ts'
import { SpanBlocks } from './span-blocks.ts'

const word = fc.constantFrom('', 'a', 'bb', 'gpt-5', 'o'.repeat(200), 'ü')
const attributes = fc.record(
  {
    'gen_ai.request.model': word,
    'gen_ai.response.model': word,
    'gen_ai.response.id': word,
    'gen_ai.usage.input_tokens': fc.nat(),
    'gen_ai.usage.cost.amount': fc.double({ min: 0, max: 9, noNaN: true }),
    'error.type': word,
    'my.own': word,
  },
  { requiredKeys: [] },
)
const spans = fc.array(
  fc.record({ id: fc.integer({ min: 1, max: 1e6 }), parent: fc.boolean(), attributes, resource: attributes }),
  { minLength: 1, maxLength: 40 },
)

function fill(block: SpanBlock, given: readonly TestSpan[]): Buffer {
  const receivedAt = 1_790_000_060_000
  decodeInto(block, { kind: 'protobuf', body: protobuf(given.map(span)), receivedAt }, new Decoders())
  return Buffer.concat(block.encode())
}

test('a block that is used again is as a new one', () => {
  fc.assert(
    fc.property(fc.array(spans, { minLength: 2, maxLength: 4 }), (rounds) => {
      const blocks = new SpanBlocks()
      let used = blocks.take(0n)
      for (const [round, given] of rounds.entries()) {
        const segment = BigInt(round + 1) << 40n
        blocks.giveBack(used)
        const again = blocks.take(segment)
        expect(again).toBe(used)
        used = again
        const fresh = new SpanBlock(segment)
        expect(fill(used, given).equals(fill(fresh, given))).toBe(true)
        expect(used.keys()).toEqual(fresh.keys())
        expect([used.rows, used.firstSecond, used.lastSecond]).toEqual([
          fresh.rows,
          fresh.firstSecond,
          fresh.lastSecond,
        ])
      }
    }),
    { numRuns: 60 },
  )
})

test('at most three blocks are kept', () => {
  const blocks = new SpanBlocks()
  const given = [1n, 2n, 3n, 4n].map((id) => blocks.take(id))
  expect(new Set(given).size).toBe(4)
  for (const block of given) blocks.giveBack(block)
  const taken = [1n, 2n, 3n, 4n].map((id) => blocks.take(id))
  expect(taken.filter((block) => given.includes(block))).toHaveLength(3)
})

test('memory of bodies has one user at a time, and is used again', () => {
  const buffers = new BodyBuffers()
  const first = buffers.take(100_000)
  const second = buffers.take(100_000)
  expect([first.length, second.length]).toEqual([100_000, 100_000])
  expect(first.buffer).not.toBe(second.buffer)
  buffers.giveBack(first)
  // twice is once
  buffers.giveBack(first)
  buffers.giveBack(Buffer.alloc(200_000))
  const third = buffers.take(120_000)
  expect(third.buffer).toBe(first.buffer)
  expect(third).toHaveLength(120_000)
  expect(buffers.take(120_000).buffer).not.toBe(first.buffer)
})
