import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseParser } from './sse.ts'

function parse(pieces: readonly string[], maxData?: number): string[] {
  const seen: string[] = []
  const parser = createSseParser(
    {
      onEvent: (event, data) => seen.push(`${event}|${data}`),
      onLargeEvent(event) {
        let all = ''
        return {
          push: (text) => {
            all += text
          },
          end: () => seen.push(`${event}|large|${all}`),
        }
      },
    },
    maxData,
  )
  for (const piece of pieces) parser.push(piece)
  parser.end()
  return seen
}

describe('the server-sent event parser', () => {
  const check = (text: string, want: string[]) => expect(parse([text])).toEqual(want)

  it('reads events, names, comments and all three line ends', () => {
    check('data: a\n\n', ['|a'])
    check('event: x\ndata:a\n\n', ['x|a'])
    check('event: x\r\ndata: a\r\n\r\ndata: b\r\rdata: c\n\n', ['x|a', '|b', '|c'])
    check(': keep-alive\n\ndata: a\n\n', ['|a'])
    check('data: a\ndata: b\n\n', ['|a\nb'])
    check('id: 1\nretry: 5\ndata:  a\n\n', ['| a'])
    check('event: only a name\n\ndata: a\n\n', ['|a'])
    check('\u00ef\u00bb\u00bfdata: a\n\n', ['|a'])
    check('', [])
  })

  it('delivers an event that the end of the stream cuts off', () => {
    check('data: a\n', ['|a'])
    check('data: a', ['|a'])
  })

  it('gives an event larger than the limit away in pieces and goes on after it', () => {
    const long = 'x'.repeat(50)
    expect(parse([`data: ${long}\n\ndata: a\n\n`], 20)).toEqual([`|large|${long}`, '|a'])
    expect(parse([`event: e\ndata: ${long.slice(0, 30)}`, long.slice(30), '\n\ndata: a\n\n'], 20)).toEqual([
      `e|large|${long}`,
      '|a',
    ])
    expect(parse([`: ${long}`, long, '\n\ndata: a\n\n'], 20)).toEqual(['|a'])
  })

  it('gives the same events wherever the bytes are cut', () => {
    const text = fc
      .array(fc.constantFrom('data: ', 'event: ', ': ', '{"a":1}', 'b', '\n', '\r\n', '\r', '\n\n', 'dat'), {
        maxLength: 40,
      })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 12 }), (whole, cuts) => {
        const at = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((a, b) => a - b)
        const pieces = [...at, whole.length].map((end, index) =>
          whole.slice(index === 0 ? 0 : at[index - 1], end),
        )
        expect(parse(pieces)).toEqual(parse([whole]))
      }),
    )
  })

  it('never throws and never holds more than it may, whatever the bytes', () => {
    fc.assert(fc.property(fc.array(fc.string()), (pieces) => void parse(pieces, 10)))
  })
})
