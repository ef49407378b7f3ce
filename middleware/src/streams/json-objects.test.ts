import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJsonObjectsParser } from './json-objects.ts'

function parse(pieces: readonly string[], maxData?: number): { objects: string[]; large: string[] } {
  const objects: string[] = []
  const large: string[] = []
  const parser = createJsonObjectsParser(
    {
      onObject: (data) => void objects.push(data),
      onLargeObject() {
        const parts: string[] = []
        return { push: (part) => void parts.push(part), end: () => void large.push(parts.join('')) }
      },
    },
    maxData,
  )
  for (const piece of pieces) parser.push(piece)
  parser.end()
  return { objects, large }
}

describe('a stream of JSON objects', () => {
  it('is read from lines, from an array and from objects without anything between', () => {
    const check = (text: string, want: string[]) => expect(parse([text]).objects).toEqual(want)
    check('{"a":1}\n{"b":{"c":2}}\n', ['{"a":1}', '{"b":{"c":2}}'])
    check('[{"a":1}\n,\n{"b":[{}]}]', ['{"a":1}', '{"b":[{}]}'])
    check('{"a":1}{"b":2}', ['{"a":1}', '{"b":2}'])
    check('\r\n {"a":"}\\"{"} ', ['{"a":"}\\"{"}'])
    check('{"a":"\\\\"}{}', ['{"a":"\\\\"}', '{}'])
    check('[]', [])
    check('{"cut":', [])
  })

  it('gives the same wherever the text is cut', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 })
    const cuts = fc.array(fc.nat(400), { maxLength: 8 })
    fc.assert(
      fc.property(objects, cuts, fc.boolean(), (values, at, array) => {
        const texts = values.map((value) => JSON.stringify(value))
        const text = array ? `[${texts.join(',\n')}]` : texts.map((line) => `${line}\n`).join('')
        const places = [0, ...at.sort((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end))
        expect(parse(pieces).objects).toEqual(texts)
      }),
    )
  })

  it('hands an object that is too large on in pieces', () => {
    const text = `{"big":"${'x'.repeat(50)}"}`
    const { objects, large } = parse([text.slice(0, 30), `${text.slice(30)}{"a":1}`], 20)
    expect(large).toEqual([text])
    expect(objects).toEqual(['{"a":1}'])
  })
})
