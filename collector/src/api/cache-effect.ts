/**
 * What prompt caches bring, at list prices.
 *
 * Invariant: an estimate and called so: the tokens are counted, the prices are those of the book at one moment
 * without tiers; where the book does not know a model, its saving is null and not 0.
 */
import type { z } from '@hono/zod-openapi'
import { listPrices, priceBookOf } from '@spanmeter/middleware/pricing'
import type { UsageRow } from '../query/usage-cube.ts'
import { count, number, share, text } from './amounts.ts'

/** The effect for one model. */
export interface CacheEffect {
  provider: string | null
  model: string | null
  input_tokens: number
  cache_read_tokens: number
  cache_write_tokens: number
  hit_ratio: number | null
  saved_usd: number | null
  extra_write_usd: number | null
}

/** The fields of an effect, to be spread into a schema. */
export const cacheEffectShape: { [name in keyof CacheEffect]: z.ZodType<CacheEffect[name]> } = {
  provider: text('Provider.').nullable(),
  model: text('Model.').nullable(),
  input_tokens: count('Input tokens, with cached ones.'),
  cache_read_tokens: count('Input tokens that were read from a cache.'),
  cache_write_tokens: count('Input tokens that were written to a cache.'),
  hit_ratio: number('cache_read_tokens / input_tokens; null without input.').nullable(),
  saved_usd: number(
    'Estimate: what the tokens read would have cost as plain input, minus what they cost. Null without a price.',
  ).nullable(),
  extra_write_usd: number(
    'Estimate: what the tokens written cost more than as plain input. Null without a price.',
  ).nullable(),
}

/** USD for a token of each kind; undefined where the book does not know the model. */
export function tokenPrices(
  provider: string,
  model: string,
  at: number,
): { input: number; output: number; cacheRead: number; cacheWrite: number } | undefined {
  const units = listPrices(priceBookOf(provider), model, new Date(at))?.units
  const of = (billed: string): number | undefined => {
    const found = units?.find((unit) => unit.billed === billed)
    return found && Number(found.unitPrice)
  }
  const [input, output] = [of('input'), of('outputText')]
  if (input === undefined) return undefined
  return {
    input,
    output: output ?? 0,
    cacheRead: of('cacheRead') ?? input,
    cacheWrite: of('cacheWriteOther') ?? of('cacheWrite5m') ?? input,
  }
}

/** The effect for each row of a breakdown by model, and in total. Pure; `at` is the moment of the prices. */
export function cacheEffect(
  rows: readonly UsageRow[],
  at: number,
): { total: Omit<CacheEffect, 'provider' | 'model'>; models: CacheEffect[] } {
  const models = rows.map((row): CacheEffect => {
    const [provider = '', model = ''] = row.key
    const prices = row.place === 0 ? undefined : tokenPrices(provider, model, at)
    const [read, write] = [Number(row.cache_read_tokens), Number(row.cache_write_tokens)]
    return {
      provider: provider || null,
      model: model || null,
      input_tokens: Number(row.input_tokens),
      cache_read_tokens: read,
      cache_write_tokens: write,
      hit_ratio: share(read, row.input_tokens),
      saved_usd: prices ? read * (prices.input - prices.cacheRead) : null,
      extra_write_usd: prices ? write * (prices.cacheWrite - prices.input) : null,
    }
  })
  const sum = (pick: (effect: CacheEffect) => number | null): number =>
    models.reduce((total, effect) => total + (pick(effect) ?? 0), 0)
  const known = models.some((effect) => effect.saved_usd !== null)
  const input = sum((effect) => effect.input_tokens)
  const read = sum((effect) => effect.cache_read_tokens)
  return {
    total: {
      input_tokens: input,
      cache_read_tokens: read,
      cache_write_tokens: sum((effect) => effect.cache_write_tokens),
      hit_ratio: share(read, input),
      saved_usd: known ? sum((effect) => effect.saved_usd) : null,
      extra_write_usd: known ? sum((effect) => effect.extra_write_usd) : null,
    },
    models,
  }
}
