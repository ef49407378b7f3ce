import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createUsageChunkFilter } from './hide-usage-chunk.ts'

const USAGE =
  'data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}'
const EVENTS = [
  'data: {"id":"c","choices":[{"delta":{"content":"Köln 👋"}}],"usage":null}',
  ': ping',
  'event: x\ndata: {"choices":[],"prompt_filter_results":[],"usage":null}',
  'data: {"choices":[{"delta":{"content":"\\"choices\\":[],\\"usage\\":{}"}}]}',
  'data: {"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}',
  'data: not json "usage" "choices"',
  'data: [DONE]',
  '',
]

/** Where the bytes are cut does not matter. */
function filtered(bytes: Uint8Array, cuts: readonly number[]): string {
  const filter = createUsageChunkFilter()
  const out: Buffer[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    out.push(Buffer.from(filter.push(bytes.subarray(from, to))))
    from = to
  }
  out.push(Buffer.from(filter.end()))
  return Buffer.concat(out).toString()
}

const sorted = (cuts: number[]) => [...cuts].sort((a, b) => a - b)

describe('the chunk with nothing but usage', () => {
  it('is taken out and every other byte stays, at any single cut', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = (events: string[]) =>
        events.map((event) => `${event.replaceAll('\n', end)}${end}${end}`).join('')
      const [first = '', ...rest] = EVENTS
      const bytes = Buffer.from(text([first, USAGE, ...rest, USAGE]))
      const want = text([first, ...rest])
      for (let at = 0; at <= bytes.length; at++) expect(filtered(bytes, [at])).toBe(want)
      const everywhere = Array.from({ length: bytes.length }, (_, at) => at)
      expect(filtered(bytes, everywhere)).toBe(want)
    }
  })

  it('is taken out of any stream, cut anywhere', () => {
    const event = fc.constantFrom(...EVENTS, USAGE)
    const end = fc.constantFrom('\n', '\r\n', '\r')
    fc.assert(
      fc.property(fc.array(event), end, fc.array(fc.nat(2_000)), (events, lineEnd, cuts) => {
        const text = (list: string[]) =>
          list.map((one) => `${one.replaceAll('\n', lineEnd)}${lineEnd}${lineEnd}`).join('')
        const bytes = Buffer.from(text(events))
        const places = sorted(cuts.map((at) => Math.min(at, bytes.length)))
        expect(filtered(bytes, places)).toBe(text(events.filter((one) => one !== USAGE)))
      }),
      { numRuns: 300 },
    )
  })

  it('is taken out at the end of a stream without a last blank line', () => {
    expect(filtered(Buffer.from(`data: 1\n\n${USAGE}`), [12])).toBe('data: 1\n\n')
    expect(filtered(Buffer.from(`data: 1\n\n${USAGE}\n`), [12])).toBe('data: 1\n\n')
    expect(filtered(Buffer.from('data: {"cut'), [3])).toBe('data: {"cut')
  })

  it('leaves bytes that are no stream of events as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300)), (bytes, cuts) => {
        const filter = createUsageChunkFilter()
        const out: Uint8Array[] = []
        let from = 0
        for (const to of [...sorted(cuts.map((at) => Math.min(at, bytes.length))), bytes.length]) {
          out.push(filter.push(bytes.subarray(from, to)))
          from = to
        }
        out.push(filter.end())
        expect(Buffer.concat(out).equals(Buffer.from(bytes))).toBe(true)
      }),
    )
  })

  it('lets an event through that is too large to hold, and finds the next one', () => {
    const large = `data: {"usage":{},"choices":[],"x":"${'a'.repeat(200_000)}"}`
    const bytes = Buffer.from(`${large}\n\n${USAGE}\n\ndata: [DONE]\n\n`)
    const cuts = Array.from({ length: Math.floor(bytes.length / 997) }, (_, at) => (at + 1) * 997)
    expect(filtered(bytes, cuts)).toBe(`${large}\n\ndata: [DONE]\n\n`)
  })
})
