/**
 * What calls come to in credits, by kind of work.
 *
 * Invariant: pure and exact; credits are the cost times the credits for one USD, as budgets in credits count them, so
 * a call without a known cost has no known credits. A call is of one kind.
 */
import { formatDecimal, parseDecimal } from '../query/decimal.ts'

/** What credits are spent on: models, other work, what is kept. */
export const CREDIT_KINDS = ['ai', 'compute', 'storage'] as const
export type CreditKind = (typeof CREDIT_KINDS)[number]

/** As configured. */
export interface CreditRates {
  /** Decimal text. */
  readonly perUsd: string
  /** Meter → kind of its credits; meters that are not named are `compute`. */
  readonly kinds: Readonly<Record<string, CreditKind>>
}

export const USUAL_CREDITS: CreditRates = { perUsd: '100', kinds: {} }

const ONE = 10n ** 12n

/** Credits of each kind, decimal text; null where the cost is not known. `meter` is empty for calls to models. */
export function creditsOf(
  cost: string | null,
  meter: string,
  { perUsd, kinds }: CreditRates,
): Record<CreditKind, string | null> {
  const of = meter === '' ? 'ai' : Object.hasOwn(kinds, meter) ? kinds[meter] : 'compute'
  const credits = cost === null ? null : formatDecimal((parseDecimal(cost) * parseDecimal(perUsd)) / ONE)
  const each = (kind: CreditKind) => (credits === null || kind === of ? credits : '0')
  return { ai: each('ai'), compute: each('compute'), storage: each('storage') }
}
