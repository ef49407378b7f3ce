/**
 * How much of a budget an instance gets.
 *
 * Invariant: committed + leased never exceeds the limit by a grant; where it is nearly used up, an instance gets what
 * the calls need that wait for it, and no more.
 */

export interface GrantQuestion {
  limit: bigint
  committed: bigint
  leased: bigint
  /** Leases that are in use, this one included. */
  active: number
  /** What the instance has in hand beyond what it has spent. */
  inHand: bigint
  held: bigint
  /** What calls that wait need. */
  need: bigint
  /** What it would like beside that. */
  want: bigint
}

/** @returns what to add to the ceiling, and whether that is enough for those who wait */
export function grant(q: GrantQuestion): { amount: bigint; enough: boolean } {
  const must = q.held + q.need - q.inHand
  const wanted = must + q.want
  if (wanted <= 0n) return { amount: 0n, enough: true }
  const free = q.limit - q.committed - q.leased
  if (free <= 0n) return { amount: 0n, enough: must <= 0n }
  const share = free / BigInt(2 * Math.max(1, q.active))
  let amount = share > must ? share : must
  if (amount > wanted) amount = wanted
  if (amount > free) amount = free
  return { amount: amount > 0n ? amount : 0n, enough: amount >= must }
}
