import { readFile } from 'node:fs/promises'
import { calcPrice, waitForUpdate } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generatePriceBook, PRICE_BOOK_FILE } from '../../scripts/generate-price-book.ts'
import { formatCost, parseDecimal } from './decimal.ts'
import { priceProvider, priceProviders } from './price-book.ts'
import { compileSchedule, PRICE_KEYS } from './price-schedule.ts'
import { type RateInput, rate } from './rate.ts'
import { toBuckets, type Usage } from './usage.ts'

const NOW = new Date('2026-11-20T12:00:00Z')

function costOf(input: Partial<RateInput> & { usage: Usage }): string | null {
  return rate({ provider: 'openai', models: ['gpt-4o-mini'], at: NOW, ...input }).cost
}

/** A decimal string in units of 1e-12. */
function pico(cost: string | null): bigint {
  const { units, scale } = parseDecimal(cost ?? 'none')
  return units * 10n ** BigInt(12 - scale)
}

describe('decimals', () => {
  it('are written without trailing zeros and rounded half to even at 12 decimals', () => {
    const check = (units: bigint, scale: number, want: string) => expect(formatCost(units, scale)).toBe(want)
    check(0n, 6, '0')
    check(1500n, 3, '1.5')
    check(5n, 12, '0.000000000005')
    check(25n, 13, '0.000000000002')
    check(35n, 13, '0.000000000004')
    check(250000001n, 20, '0.000000000003')
    check(7n, 0, '7')
  })

  it('refuse what is not one', () => {
    for (const text of ['', '.', '1.', '-1', '1e3', 'none'])
      expect(() => parseDecimal(text)).toThrow(/cannot read/)
  })
})

describe('the price book', () => {
  it('is what the generator makes of the installed package', async () => {
    expect(await readFile(PRICE_BOOK_FILE, 'utf8')).toBe(await generatePriceBook())
  })

  it('has token prices under known keys only, and all of them compile exactly', () => {
    const known = new Set(Object.values(PRICE_KEYS).flat())
    // Cached images, video and citations: usage that no plugin reports yet.
    const later = /^(cache_image_read|(in|out)put_video|output_citation)_mtok$/
    for (const provider of priceProviders()) {
      for (const model of priceProvider(provider)?.models ?? []) {
        expect(() => compileSchedule(model)).not.toThrow()
        for (const { prices } of model.periods) {
          const unknown = Object.keys(prices).filter((key) => key.endsWith('_mtok') && !known.has(key))
          expect(unknown.filter((key) => !later.test(key))).toEqual([])
        }
      }
    }
  })

  it('rates every model like the package itself, at several moments and sizes', async () => {
    const usages: Usage[] = [
      { input: 1_000, output: 500 },
      { input: 250_000, output: 7_777, cacheRead: 100_000 },
      { input: 300_001, output: 3, cacheRead: 10, cacheWrite: 1_000, cacheWrite1h: 400, cacheWrite5m: 600 },
      { input: 900, output: 800, reasoning: 300 },
    ]
    const moments = ['2024-01-01T00:00:00Z', '2025-09-01T03:30:00Z', '2026-11-20T17:00:00Z'].map(
      (at) => new Date(at),
    )
    let compared = 0
    for (const provider of (await waitForUpdate()) ?? []) {
      for (const model of provider.models) {
        for (const usage of usages) {
          for (const at of moments) {
            const want = theirs(provider.id, model.id, usage, at)
            if (want === undefined) continue
            const got = rate({ provider: provider.id, models: [model.id], usage, at })
            if (got.cost === null)
              throw new Error(`${provider.id} ${model.id}: ${got.reason}, but they say ${want}`)
            expect(Math.abs(Number(got.cost) - want)).toBeLessThanOrEqual(1e-9 * want + 1e-12)
            compared++
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(10_000)
  })
})

/** What the package says, or `undefined` where it has no price for a part of the usage or does not know the model. */
function theirs(providerId: string, model: string, usage: Usage, timestamp: Date): number | undefined {
  const counts: [string, number | undefined][] = [
    ['input_tokens', usage.input],
    ['output_tokens', usage.output],
    ['cache_read_tokens', usage.cacheRead ?? 0],
    ['cache_write_tokens', usage.cacheWrite ?? 0],
    ['cache_write_5m_tokens', usage.cacheWrite5m ?? 0],
    ['cache_write_1h_tokens', usage.cacheWrite1h ?? 0],
    ['output_reasoning_tokens', usage.reasoning ?? 0],
  ]
  const result = calcPrice(Object.fromEntries(counts), model, { providerId, timestamp })
  if (!result) return undefined
  // Where the book prices neither side, the package says 0; here that is unpriced.
  return result.model_price.input_mtok === undefined || result.model_price.output_mtok === undefined
    ? undefined
    : result.total_price
}

describe('rating', () => {
  it('gives an exact decimal, or null with a reason', () => {
    const check = (input: Partial<RateInput> & { usage: Usage }, want: string | null) =>
      expect(costOf(input)).toBe(want)
    check({ usage: { input: 1_000, output: 500 } }, '0.00045')
    check({ usage: { input: 1_000, output: 500, cacheRead: 400 } }, '0.00042')
    check({ usage: { input: 1, output: 0 } }, '0.00000015')
    check({ usage: { input: 0, output: 0 } }, '0')
    check({ models: ['nobody-knows'], usage: { input: 1, output: 1 } }, null)
    check({ models: [undefined, 'gpt-4o-mini'], usage: { input: 1, output: 0 } }, '0.00000015')
    check({ provider: 'nobody', usage: { input: 1, output: 1 } }, null)
    // Anthropic's one-hour cache writes cost twice the input, five-minute ones 1.25 times.
    const claude = { provider: 'anthropic', models: ['claude-sonnet-4-5'] }
    check({ ...claude, usage: { input: 1_000, output: 0, cacheWrite: 1_000, cacheWrite1h: 1_000 } }, '0.006')
    check(
      { ...claude, usage: { input: 1_000, output: 0, cacheWrite: 1_000, cacheWrite5m: 1_000 } },
      '0.00375',
    )
    check({ ...claude, usage: { input: 0, output: 0, webSearches: 3 } }, '0.03')
  })

  it('applies known tiers as factors and leaves unknown ones unpriced', () => {
    const usage = { input: 1_000, output: 500 }
    const check = (modifiers: string[], want: string | null) =>
      expect(costOf({ usage, modifiers })).toBe(want)
    check(['service_tier:default'], '0.00045')
    check(['service_tier:flex'], '0.000225')
    check(['service_tier:priority'], null)
    check(['service_tier:of-tomorrow'], null)
    const claude = { provider: 'anthropic', models: ['claude-sonnet-4-5'], usage }
    expect(costOf({ ...claude, modifiers: ['service_tier:batch', 'inference_geo:us'] })).toBe('0.005775')
    expect(rate({ ...claude, at: NOW, modifiers: ['speed:fast'] })).toEqual({
      cost: null,
      reason: 'unpriced_usage',
    })
  })

  const count = fc.nat(50_000)
  const model = fc.constantFrom(
    ...(['gpt-4o-mini', 'gpt-5', 'text-embedding-3-small'].map((name) => ['openai', name]) as [
      string,
      string,
    ][]),
    ['anthropic', 'claude-haiku-4-5'] as [string, string],
  )
  const usageOf = fc.record({ input: count, output: fc.constant(0), cacheRead: fc.nat(1_000) })

  it('is additive: two calls cost what one with the sum costs, to the last decimal', () => {
    fc.assert(
      fc.property(model, usageOf, usageOf, ([provider, name], a, b) => {
        const both = {
          input: Math.max(a.input, a.cacheRead) + Math.max(b.input, b.cacheRead),
          output: 0,
          cacheRead: a.cacheRead + b.cacheRead,
        }
        const cost = (usage: Usage) => pico(costOf({ provider, models: [name], usage }))
        const one = { ...a, input: Math.max(a.input, a.cacheRead) }
        const two = { ...b, input: Math.max(b.input, b.cacheRead) }
        expect(cost(one) + cost(two)).toBe(cost(both))
      }),
    )
  })

  it('is monotone: more tokens never cost less', () => {
    fc.assert(
      fc.property(model, usageOf, count, ([provider, name], usage, more) => {
        const cost = (changed: Usage) => pico(costOf({ provider, models: [name], usage: changed }))
        expect(cost({ ...usage, input: usage.input + more })).toBeGreaterThanOrEqual(cost(usage))
      }),
    )
  })

  it('stays exact where numbers are too large for a double', () => {
    expect(costOf({ usage: { input: 9_007_199_254_740_991, output: 0 } })).toBe('1351079888.21114865')
  })
})

describe('buckets', () => {
  it('add up to the totals, whatever a provider claims', () => {
    const part = fc.option(fc.nat(1_000), { nil: 0 })
    fc.assert(
      fc.property(
        fc.nat(1_000),
        fc.nat(1_000),
        fc.array(part, { minLength: 9, maxLength: 9 }),
        (input, output, p) => {
          const [
            cacheRead = 0,
            cacheWrite = 0,
            cacheWrite5m = 0,
            cacheWrite1h = 0,
            reasoning = 0,
            audioInput = 0,
          ] = p
          const [, , , , , , audioOutput = 0, imageInput = 0, imageOutput = 0] = p
          const buckets = toBuckets({
            ...{ input, output, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h, reasoning },
            ...{ audioInput, audioOutput, imageInput, imageOutput },
          })
          const values = Object.values(buckets)
          expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
          expect(values.reduce((sum, value) => sum + value, 0)).toBe(input + output)
        },
      ),
    )
  })
})
