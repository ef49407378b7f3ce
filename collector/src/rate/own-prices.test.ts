import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConfigError } from '../config/error.ts'
import { readConfig } from '../config/read.ts'
import { parseDecimal } from '../query/decimal.ts'
import { type BilledTokens, costByUnits, multiplied, OwnPrices } from './own-prices.ts'

const prices = (...list: object[]) => readConfig({}, JSON.stringify({ prices: list })).prices
const none: BilledTokens = {
  ...{ uncached: 0, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0, audioInput: 0 },
  ...{ imageInput: 0, text: 0, reasoning: 0, audioOutput: 0, imageOutput: 0 },
}
const count = fc.nat({ max: 10_000_000 })
const tokens = fc.record(
  Object.fromEntries(Object.keys(none).map((key) => [key, count])),
) as fc.Arbitrary<BilledTokens>
const money = fc
  .nat({ max: 1_000_000 })
  .map((cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`)

test('a tenant outranks everybody, the later outranks the earlier, and dates and models decide', () => {
  const own = new OwnPrices(
    prices(
      { name: 'acme', tenants: ['acme'], multiplier: '0.5' },
      { name: 'all', model: 'gpt-5*', multiplier: '0.9' },
      { name: 'mini', provider: 'openai', model: 'gpt-5-mini', multiplier: '0.8' },
      { name: 'march', tenants: ['acme'], from: '2026-03-01', to: '2026-03-31', multiplier: '0.4' },
    ),
  )
  const check = (
    tenant: string,
    models: string[],
    day: string,
    name: string | undefined,
    provider = 'openai',
  ) => {
    const at = Date.parse(`${day}T23:59:59.999Z`)
    expect(own.find({ provider, models, tenant, at })?.name).toBe(name)
  }
  check('acme', ['o3'], '2026-02-28', 'acme')
  check('acme', ['gpt-5'], '2026-03-31', 'march')
  check('acme', ['gpt-5'], '2026-04-01', 'acme')
  check('globex', ['gpt-5'], '2026-03-01', 'all')
  check('globex', ['x', 'gpt-5-mini'], '2026-03-01', 'mini')
  check('globex', ['gpt-5-mini'], '2026-03-01', 'all', 'azure')
  check('globex', ['o3'], '2026-03-01', undefined)
  check('', ['o3'], '2026-03-01', undefined)
})

test('prices are exact, and what has no price of its own has that of its side', () => {
  const [price] = prices({
    name: 'a',
    perMillion: { input: '1.25', output: 10, cacheRead: '0.125' },
    perCall: '0.000000000001',
  })
  if (price === undefined) throw new Error('no price')
  expect(costByUnits(price, { ...none, uncached: 1 })).toBe('0.000001250001')
  expect(costByUnits(price, { ...none, cacheRead: 8 })).toBe('0.000001000001')
  expect(costByUnits(price, { ...none, reasoning: 3, audioInput: 2 })).toBe('0.000032500001')
  expect(multiplied('0.000000000001', '0.5')).toBe('0.000000000001')
  expect(multiplied('0.000000000001', '0.49')).toBe('0')
})

test('cost is additive over calls and grows with tokens and prices', () => {
  fc.assert(
    fc.property(tokens, tokens, money, money, (a, b, input, output) => {
      const [price] = prices({ name: 'p', perMillion: { input, output } })
      if (price === undefined) throw new Error('no price')
      const cost = (given: BilledTokens) => parseDecimal(costByUnits(price, given))
      const both = Object.fromEntries(
        Object.entries(a).map(([key, value]) => [key, value + b[key as keyof BilledTokens]]),
      )
      // prices have two decimals a million: nothing is rounded
      expect(cost(both as unknown as BilledTokens)).toBe(cost(a) + cost(b))
      expect(cost({ ...a, text: a.text + 1 })).toBeGreaterThanOrEqual(cost(a))
      expect(parseDecimal(multiplied(costByUnits(price, a), '2'))).toBe(2n * cost(a))
    }),
  )
})

test('every fault of a price is told', () => {
  const faults = (...list: object[]) => {
    try {
      prices(...list)
      return []
    } catch (error) {
      return (error as ConfigError).faults
    }
  }
  expect(faults({ name: 'a' })).toEqual(['prices.0: says no price; give perMillion, perCall or multiplier'])
  expect(
    faults(
      { name: 'a', multiplier: '-1' },
      { name: 'a', multiplier: 1, perCall: '1', tenants: [], from: 'May', unit: 1 },
      { name: 'a b', perMillion: { input: 'free' } },
    ).map((fault) => fault.split(':', 1)[0]),
  ).toEqual(
    expect.arrayContaining([
      'prices.0.multiplier',
      'prices.1.tenants',
      'prices.1.from',
      'prices.2.name',
      'prices.2.perMillion.input',
      'prices.2.perMillion.output',
    ]),
  )
  expect(faults({ name: 'a', perCall: 1 }, { name: 'a', perCall: 2 })).toEqual([
    'prices.1.name: is there twice',
  ])
})
