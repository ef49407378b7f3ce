/**
 * What a request costs according to the published price data and the provider's ledger.
 *
 * Invariant: shares nothing with Spanmeter's own pricing: unit prices come raw from the price package,
 * tokens from the ledger, and the arithmetic is on whole numbers.
 */
import { calcPrice } from '@pydantic/genai-prices'
import type { LedgerEntry, ProviderName } from '../examples/provider/ledger.ts'

type UnitPrice = number | { base: number; tiers: { start: number; price: number }[] } | undefined

/** Ledger bucket → unit price per million tokens, with the price that applies where there is none apart. */
const PRICED_AS = {
  inputUncached: ['input_mtok'],
  cacheRead: ['cache_read_mtok', 'input_mtok'],
  cacheWrite5m: ['cache_write_mtok', 'input_mtok'],
  cacheWrite1h: ['cache_write_1h_mtok'],
  cacheWriteOther: ['cache_write_mtok', 'input_mtok'],
  outputText: ['output_mtok'],
  reasoning: ['output_reasoning_mtok', 'output_mtok'],
} as const

/** Providers that the price data calls otherwise. */
const CALLED: Partial<Record<ProviderName, string>> = {
  'gcp.gemini': 'google',
  mistral_ai: 'mistral',
  'aws.bedrock': 'aws',
}

/** The price data's own name of a provider. */
export function priceBookOf(provider: ProviderName): string {
  return CALLED[provider] ?? provider
}

/** The cost in units of 10^-12 USD, or `undefined` where the price data does not know the model. */
export function expectedCost(entry: LedgerEntry): bigint | undefined {
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, entry.responseModel, {
    providerId: priceBookOf(entry.provider),
    timestamp: new Date(entry.startedAt),
  })
  if (!found) return undefined
  const prices = found.model_price as Record<string, UnitPrice>
  const { billed } = entry
  const input =
    billed.inputUncached +
    billed.cacheRead +
    billed.cacheWrite5m +
    billed.cacheWrite1h +
    billed.cacheWriteOther
  let cost = 0n
  for (const [bucket, names] of Object.entries(PRICED_AS)) {
    const tokens = billed[bucket as keyof typeof PRICED_AS]
    if (tokens === 0) continue
    const price = names.map((name) => prices[name]).find((unit) => unit !== undefined)
    if (price === undefined) throw new Error(`no price for ${bucket} of ${entry.responseModel}`)
    cost += BigInt(tokens) * perToken(at(price, input))
  }
  if (entry.serviceTier !== 'flex') return cost
  // OpenAI publishes flex as half of the standard price.
  if (cost % 2n !== 0n) throw new Error('half of the cost has more than twelve decimals')
  return cost / 2n
}

/** `12.345` USD as a decimal string becomes units of 10^-12 USD. @throws {Error} for anything else */
export function parseUsd(text: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(text) ?? []
  if (whole === '') throw new Error(`not an amount with at most 12 decimals: ${text}`)
  return BigInt(`${sign}${whole}${fraction.padEnd(12, '0')}`)
}

function at(price: Exclude<UnitPrice, undefined>, inputTokens: number): number {
  if (typeof price === 'number') return price
  return price.tiers.findLast((tier) => inputTokens > tier.start)?.price ?? price.base
}

/** USD per million tokens → 10^-12 USD per token; prices are published with at most six decimals. */
function perToken(perMillion: number): bigint {
  const text = perMillion.toFixed(6)
  if (Number(text) !== perMillion) throw new Error(`price ${perMillion} has more than six decimals`)
  return BigInt(text.replace('.', ''))
}
