import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFrames, encodeHead, type Frame } from './frame.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((list) => Buffer.from(list))
const frame = fc.record(
  {
    kind: fc.constantFrom('protobuf' as const, 'json' as const),
    receivedAt: fc.nat(),
    body: bytes(300),
    skip: bytes(40),
    counted: bytes(40),
    tenant: fc.string({ unit: 'grapheme', maxLength: 20 }),
  },
  { requiredKeys: ['kind', 'receivedAt', 'body'] },
)
const file = (frames: Frame[]) => Buffer.concat(frames.flatMap((one) => [encodeHead(one), one.body]))

test('a file that is cut off anywhere keeps every record that was whole', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.nat(), (frames, cut) => {
      const bytes = file(frames)
      const length = cut % (bytes.length + 1)
      let end = 0
      const whole = frames.filter((one) => {
        end += encodeHead(one).length + one.body.length
        return end <= length
      })
      expect(decodeFrames(bytes.subarray(0, length))).toEqual(whole)
    }),
  )
})

test('a damaged record ends the file before it', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (frames, at, flip) => {
        const bytes = file(frames)
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ flip
        let end = 0
        const before = frames.filter((one) => {
          end += encodeHead(one).length + one.body.length
          return end <= place
        })
        expect(decodeFrames(bytes)).toEqual(before)
      },
    ),
  )
})
