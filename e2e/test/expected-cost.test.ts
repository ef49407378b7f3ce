/** The oracle of the end-to-end test, against the price package's own arithmetic on doubles. */
import { calcPrice } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BilledTokens, Ledger, NO_TOKENS, type ProviderName } from '../../examples/provider/ledger.ts'
import { MODELS } from '../../examples/provider/models.ts'
import { expectedCost, parseUsd, priceBookOf } from '../expected-cost.ts'

const NOW = Date.UTC(2026, 10, 1)

function entryOf(provider: ProviderName, responseModel: string, billed: Partial<BilledTokens>) {
  const entry = new Ledger(1).open({
    provider,
    api: 'messages',
    requestId: '',
    requestBytes: 0,
    startedAt: NOW,
  })
  return Object.assign(entry, { responseModel, billed: { ...NO_TOKENS, ...billed } })
}

const tokens = fc.nat({ max: 120_000 })

describe('the expected cost', () => {
  for (const { provider, responseName, kind } of MODELS) {
    if (responseName.startsWith('orchid') || provider === 'ollama' || kind === 'rerank') continue
    it(`of ${responseName} agrees with the price package to the precision of doubles`, () => {
      fc.assert(
        fc.property(tokens, tokens, tokens, tokens, (uncached, read, write, output) => {
          const cached = kind === 'chat'
          const billed = {
            inputUncached: uncached,
            cacheRead: cached ? read : 0,
            cacheWrite5m: cached && provider === 'anthropic' ? write : 0,
            outputText: cached ? output : 0,
          }
          const found = calcPrice(
            {
              input_tokens: billed.inputUncached + billed.cacheRead + billed.cacheWrite5m,
              cache_read_tokens: billed.cacheRead,
              cache_write_tokens: billed.cacheWrite5m,
              output_tokens: billed.outputText,
            },
            responseName,
            { providerId: priceBookOf(provider), timestamp: new Date(NOW) },
          )
          const cost = expectedCost(entryOf(provider, responseName, billed))
          expect(Number(cost) / 1e12).toBeCloseTo(found?.total_price ?? Number.NaN, 10)
        }),
        { numRuns: 50 },
      )
    })
  }

  it('is not known for a model that is in nobody’s list', () => {
    expect(expectedCost(entryOf('openai', 'orchid-preview-0926', { inputUncached: 1 }))).toBeUndefined()
  })

  it('reads amounts exactly', () => {
    expect(parseUsd('12.000000000001')).toBe(12_000_000_000_001n)
    expect(parseUsd('0')).toBe(0n)
    expect(() => parseUsd('1e-7')).toThrow('not an amount')
    expect(() => parseUsd('0.0000000000001')).toThrow('not an amount')
  })
})
