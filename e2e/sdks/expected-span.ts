/**
 * What the span of a request has to say, from the provider's ledger and the published prices alone.
 *
 * Invariant: shares nothing with the code that it judges.
 */
import type { LedgerEntry } from '../../examples/provider/ledger.ts'
import { estimate } from '../estimate.ts'
import { expectedCost, parseUsd } from '../expected-cost.ts'

/** The part of a span that money hangs on. */
export interface Facts {
  provider: unknown
  model: unknown
  usage: unknown
  input: unknown
  output: unknown
  cacheRead: unknown
  cacheWrite: unknown
  reasoning: unknown
  /** 10^-12 USD, or why there is none. */
  cost: unknown
  failed: boolean
}

/** Reads the facts of a span. */
export function factsOf(attributes: Readonly<Record<string, unknown>>, status: number): Facts {
  const count = (name: string) => attributes[`gen_ai.usage.${name}`] ?? 0
  const cost = attributes['spanmeter.cost.exact']
  return {
    provider: attributes['gen_ai.provider.name'],
    model: attributes['gen_ai.request.model'],
    usage: attributes['spanmeter.usage.source'],
    input: count('input_tokens'),
    output: count('output_tokens'),
    cacheRead: count('cache_read.input_tokens'),
    cacheWrite: count('cache_write.input_tokens'),
    reasoning: count('reasoning.output_tokens'),
    cost: typeof cost === 'string' ? parseUsd(cost) : attributes['spanmeter.unpriced.reason'],
    failed: status === 2,
  }
}

/** The facts that the provider's ledger implies. @param unread nobody reads on, and nobody says so */
export function expectedFacts(entry: LedgerEntry, unread: boolean): Facts {
  const { outcome, sent } = entry
  const seen = outcome !== 'failed' && (sent.usage || sent.characters > 0)
  const known = sent.usage ? entry : estimate(entry)
  const { billed } = known
  const writes = billed.cacheWrite5m + billed.cacheWrite1h + billed.cacheWriteOther
  const tokens = (count: number) => (seen ? count : 0)
  return {
    provider: entry.provider,
    model: entry.requestModel,
    usage: outcome === 'failed' ? 'missing' : sent.usage ? 'provider' : seen ? 'estimated' : 'missing',
    input: tokens(billed.inputUncached + billed.cacheRead + writes),
    output: tokens(billed.outputText + billed.reasoning),
    cacheRead: tokens(billed.cacheRead),
    cacheWrite: tokens(writes),
    reasoning: tokens(billed.reasoning),
    cost: costOf(known, seen),
    failed: outcome !== 'completed' && !unread,
  }
}

function costOf(entry: LedgerEntry, seen: boolean): unknown {
  if (entry.outcome === 'failed') return 'failed'
  if (entry.searchUnits > 0) return 'unpriced_usage'
  if (!seen) return 'missing_usage'
  return expectedCost(entry) ?? 'unknown_model'
}
