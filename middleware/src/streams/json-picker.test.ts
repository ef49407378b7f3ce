import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJsonBody } from './json-body.ts'
import { createJsonPicker, type JsonObject } from './json-picker.ts'
import { pickWhole } from './json-whole.ts'
import { toLatin1 } from './latin1.ts'

const PATHS = ['model', 'usage', 'response.usage', 'error']

function pick(pieces: readonly string[]): JsonObject | undefined {
  const picker = createJsonPicker(PATHS, 'text')
  for (const piece of pieces) picker.push(piece)
  return picker.end()
}

/** What the picker must find, by parsing the whole. */
function expected(value: JsonObject): JsonObject {
  const want: JsonObject = {}
  for (const key of ['model', 'usage', 'error']) if (key in value) want[key] = value[key]
  const response = value.response
  if (typeof response === 'object' && response !== null && !Array.isArray(response) && 'usage' in response) {
    want.response = { usage: response.usage }
  }
  return want
}

describe('the JSON picker', () => {
  const check = (text: string, want: JsonObject | undefined) => {
    expect(pick([text])).toEqual(want)
    expect(pickWhole(text, PATHS, 'text')).toEqual(want)
  }

  it('finds values by path and nothing inside arrays or strings', () => {
    check('{"model":"a","x":{"model":"b"},"usage":{"n":1}}', { model: 'a', usage: { n: 1 } })
    check('{"list":[{"model":"no"}],"model" : "yes" }', { model: 'yes' })
    check('{"text":"\\"model\\":\\"no\\"","model":"yes"}', { model: 'yes' })
    check('{"a\\\\":1,"model":"yes"}', { model: 'yes' })
    check('{"response":{"id":1,"usage":{"n":[1,2,{"a":"}"}]}}}', {
      response: { usage: { n: [1, 2, { a: '}' }] } },
    })
    check('{"model":null,"usage":-1.5e3}', { model: null, usage: -1500 })
    check('{}', {})
    check('', undefined)
    check('not json', undefined)
  })

  it('finds the same wherever the text is cut, and the same as parsing the whole', () => {
    const inner = fc.dictionary(
      fc.oneof(fc.constantFrom('usage', 'model', 'a'), fc.string()),
      fc.jsonValue(),
      {
        maxKeys: 4,
      },
    )
    const document = fc.dictionary(
      fc.oneof(fc.constantFrom(...['model', 'usage', 'response', 'error', 'x']), fc.string({ maxLength: 4 })),
      fc.oneof(fc.jsonValue(), inner),
      { maxKeys: 6 },
    )
    fc.assert(
      fc.property(document, fc.array(fc.nat(300)), fc.boolean(), (value, cuts, pretty) => {
        const parsed = JSON.parse(JSON.stringify(value)) as JsonObject
        const whole = JSON.stringify(parsed, null, pretty ? 2 : 0)
        const at = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((a, b) => a - b)
        const pieces = [...at, whole.length].map((end, index) =>
          whole.slice(index === 0 ? 0 : at[index - 1], end),
        )
        expect(pick(pieces)).toEqual(expected(parsed))
        expect(pickWhole(whole, PATHS, 'text')).toEqual(expected(parsed))
        expect(pickWhole(toLatin1(new TextEncoder().encode(whole)), PATHS, 'latin1')).toEqual(
          expected(parsed),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('keeps UTF-8 whole where the bytes were cut inside a character', () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ pad: 'x'.repeat(20_000), model: 'größe-✓' }))
    const body = createJsonBody(['model'])
    for (let at = 0; at < bytes.length; at += 1001) body.push(toLatin1(bytes.subarray(at, at + 1001)))
    expect(body.end()).toEqual({ model: 'größe-✓' })
  })
})

describe('a whole JSON text', () => {
  it('is none where it was cut off', () => {
    const text = '{"model":"a\\\\","x":[{"y":"\\""},1],"usage":{"n":1}}'
    expect(pickWhole(text, PATHS, 'text')).toEqual({ model: 'a\\', usage: { n: 1 } })
    for (let end = 0; end < text.length; end++) {
      expect(pickWhole(text.slice(0, end), PATHS, 'text')).toBeUndefined()
    }
  })
})

describe('the JSON picker, in lists', () => {
  const LISTED = ['id', 'output[].type', 'output[].action.kind', 'a.b[].c[].d']
  function pickLists(pieces: readonly string[]): JsonObject | undefined {
    const picker = createJsonPicker(LISTED, 'text')
    for (const piece of pieces) picker.push(piece)
    return picker.end()
  }

  it('keeps of every item what is wanted, and its place', () => {
    const check = (value: unknown, want: JsonObject) => {
      expect(pickLists([JSON.stringify(value, null, 1)])).toEqual(want)
      expect(pickWhole(JSON.stringify(value, null, 1), LISTED, 'text')).toEqual(want)
    }
    check(
      { output: [{ type: 'x', text: ['type', { type: 'no' }] }, { action: { kind: 1, type: 'no' } }], id: 2 },
      {
        id: 2,
        output: [{ type: 'x' }, { action: { kind: 1 } }],
      },
    )
    check({ output: { type: 'no list' }, id: 1 }, { id: 1 })
    check({ output: [[{ type: 'too deep' }], 'type', null] }, {})
    check(
      { a: { b: [{ c: [{ d: 1 }, { e: 2 }, { d: { d: 3 } }] }, { c: [{ d: 4 }] }] } },
      {
        a: { b: [{ c: [{ d: 1 }, undefined, { d: { d: 3 } }] }, { c: [{ d: 4 }] }] },
      },
    )
  })

  it('does not depend on where the text is cut', () => {
    const item = fc.oneof(
      fc.record({ type: fc.jsonValue(), x: fc.jsonValue() }, { requiredKeys: [] }),
      fc.jsonValue(),
    )
    const document = fc.record({
      x: fc.jsonValue(),
      output: fc.array(item, { maxLength: 4 }),
      id: fc.jsonValue(),
    })
    fc.assert(
      fc.property(document, fc.array(fc.nat(400), { maxLength: 5 }), (value, cuts) => {
        const text = JSON.stringify(value)
        const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((to, index) => text.slice(places[index], to))
        expect(pickLists(pieces)).toEqual(pickLists([text]))
        expect(pickWhole(text, LISTED, 'text')).toEqual(pickLists([text]))
        const types = (pickLists([text])?.output as { type?: unknown }[] | undefined) ?? []
        for (const [at, want] of value.output.entries()) {
          const plain = typeof want === 'object' && want !== null && !Array.isArray(want) && 'type' in want
          expect(types[at]?.type).toEqual(plain ? JSON.parse(JSON.stringify(want)).type : undefined)
        }
      }),
    )
  })

  it('holds no more of lists than its bound', () => {
    const item = `{"type":"${'x'.repeat(10_000)}"},`
    const found = pickLists([`{"output":[${item.repeat(500)}{"type":"last"}],"id":1}`])
    expect(found).toMatchObject({ id: 1, '#cut': true })
    expect((found?.output as unknown[] | undefined)?.length).toBe(419)
  })
})
