/** An explanation is worth as much as it agrees with what was charged. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { priceBookOf } from '../providers/price-books.ts'
import { parseDecimal } from './decimal.ts'
import { explain, listPrices } from './explain.ts'
import { priceProvider, priceProviders } from './price-book.ts'
import { type RateInput, rate } from './rate.ts'

const SCALE = 40
const units = (text: string): bigint => {
  const { units, scale } = parseDecimal(text)
  return units * 10n ** BigInt(SCALE - scale)
}

test('for every model of the book and any usage, the parts sum to what rate computes', () => {
  const models = priceProviders().flatMap((provider) =>
    (priceProvider(provider)?.models ?? []).map((model) => [provider, model.id] as const),
  )
  const tokens = fc.integer({ min: 0, max: 2_000_000 })
  // most models have no price for these: used every time, hardly any call could be explained
  const rare = fc.oneof({ weight: 7, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: tokens })
  const usage = fc.record({
    ...{ input: tokens, output: tokens, reasoning: tokens, cacheRead: rare, cacheWrite: rare },
    ...{ cacheWrite5m: rare, cacheWrite1h: rare, audioInput: rare, audioOutput: rare },
    ...{ cacheReadAudio: rare, cacheReadImage: rare, imageInput: rare },
    webSearches: fc.constantFrom(0, 0, 0, 0, 1, 3),
    fileSearches: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 2),
  })
  const modifiers = fc.constantFrom(
    [],
    ['service_tier:default'],
    ['service_tier:flex'],
    ['service_tier:batch', 'inference_geo:us'],
  )
  let explained = 0
  fc.assert(
    fc.property(fc.constantFrom(...models), usage, modifiers, ([provider, model], usage, modifiers) => {
      const input: RateInput = { provider, models: [model], usage, at: new Date('2026-11-20'), modifiers }
      const [rating, explanation] = [rate(input), explain(input)]
      expect(explanation?.cost ?? null).toBe(rating.cost)
      if (explanation === undefined || rating.cost === null) return
      explained += 1
      const sum = explanation.parts.reduce((total, part) => total + units(part.cost), 0n)
      for (const part of explanation.parts)
        expect(units(part.cost)).toBe(units(part.unitPrice) * BigInt(part.quantity))
      const off = sum - units(explanation.cost)
      expect(off < 0n ? -off : off).toBeLessThanOrEqual(10n ** BigInt(SCALE - 12) / 2n)
      expect([explanation.model, explanation.priceVersion]).toEqual([rating.model, rating.priceVersion])
    }),
    { numRuns: 2000 },
  )
  expect(explained).toBeGreaterThan(400)
})

test('list prices are per piece, and a price book is found by the name in telemetry', () => {
  const prices = listPrices('openai', 'gpt-4o-mini', new Date('2026-11-20'))
  const of = (billed: string) => prices?.units.find((unit) => unit.billed === billed)?.unitPrice
  expect([of('input'), of('outputText')]).toEqual(['0.00000015', '0.0000006'])
  expect(listPrices('openai', 'no-such-model', new Date(0))).toBe(undefined)
  expect([priceBookOf('x_ai'), priceBookOf('openai'), priceBookOf('mystery')]).toEqual([
    'x-ai',
    'openai',
    'mystery',
  ])
})
