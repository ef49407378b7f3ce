/** Requests as SDKs write them are read the quick way: with the same result as any other. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pickWhole } from '../streams/json-whole.ts'
import { readRequest } from './request.ts'

it('reads the model and whether it streams, wherever they stand and whatever else does', () => {
  const word = fc.constantFrom('"model":"x"', '"stream":true', 'model', 'stream', '\\', '"', 'é', '')
  const inner = fc.record({ model: word, stream: fc.boolean(), content: word }, { requiredKeys: [] })
  fc.assert(
    fc.property(
      fc.oneof(word, fc.constant('gpt-4o-mini')),
      fc.array(inner, { maxLength: 3 }),
      fc.option(fc.boolean(), { nil: undefined }),
      fc.boolean(),
      (model, messages, stream, isFirst) => {
        const text = JSON.stringify(isFirst ? { model, messages, stream } : { messages, stream, model })
        const found = pickWhole(text, ['model', 'stream'], 'text')
        const want = found?.model === '' ? {} : { model: found?.model }
        expect(readRequest({ body: text })).toEqual({ ...want, stream: stream === true, length: text.length })
      },
    ),
    { numRuns: 500 },
  )
})
