/**
 * Usage that comes in parts: the requests of a batch, the models that one call used.
 *
 * Invariant: the parts add up to the whole, and a request that may be priced by its size stays a part of its own.
 */
import type { CallFacts, Share, Usage } from '../provider.ts'

/** No model that is priced by the size of a request has a step below this input. */
const STEP = 32_000
/** Further large requests are added to the first of their kind. */
const MAX_SHARES = 1_000

/** Adds every number of `more`. */
export function addUsage(to: Usage | undefined, more: Usage): Usage {
  if (!to) return { ...more }
  const sum: Usage = { ...to }
  for (const [key, value] of Object.entries(more) as [keyof Usage, number][])
    sum[key] = (sum[key] ?? 0) + value
  return sum
}

/** Adds a part, as one request. */
export function addShare(facts: CallFacts, part: Omit<Share, 'largest'>): void {
  facts.shares ??= []
  facts.usage = addUsage(facts.usage, part.usage)
  const { input } = part.usage
  const same = (share: Share) =>
    share.model === part.model && String(share.modifiers) === String(part.modifiers)
  const small = input <= STEP || facts.shares.length >= MAX_SHARES
  const known = small ? facts.shares.find((share) => same(share) && (share.largest ?? 0) <= STEP) : undefined
  if (!known) {
    facts.shares.push({ ...part, largest: input })
    return
  }
  known.usage = addUsage(known.usage, part.usage)
  known.largest = Math.max(known.largest ?? 0, Math.min(input, STEP))
}
