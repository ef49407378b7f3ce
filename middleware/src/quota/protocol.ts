/**
 * What a service and the collector tell each other about budgets: `POST /v1/leases`.
 *
 * Invariant: everything that a service reports is cumulative for its instance and the period, and numbered by `seq`,
 * so a request that is lost, repeated or overtaken changes nothing twice. Amounts are decimal text.
 */

/** What a budget can be for; one of a kind has the kind's name and a value. */
export const DIMENSIONS = [
  'tenant',
  'user',
  'key',
  'agent',
  'conversation',
  'feature',
  'model',
  'provider',
  'service',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Values by dimension. In a budget's scope `*` is each value by itself, `__none__` what has none. */
export type Scope = { readonly [name in Dimension]?: string | undefined }

/** What is counted. `meter` counts the quantity of the meter that the budget names. */
export const BUDGET_UNITS = ['usd', 'tokens', 'credits', 'calls', 'runs', 'meter'] as const
export type BudgetUnit = (typeof BUDGET_UNITS)[number]

/** What happens at the limit. */
export const BUDGET_ACTIONS = ['block', 'warn', 'downgrade', 'throttle', 'shadow'] as const
export type BudgetAction = (typeof BUDGET_ACTIONS)[number]

/** What happens when the collector does not answer and no lease is in hand. */
export const UNREACHABLE = ['lease', 'open', 'closed'] as const
export type OnUnreachable = (typeof UNREACHABLE)[number]

/** How an account stands. */
export const BUDGET_STATUSES = ['active', 'warning', 'limit_reached', 'suspended'] as const
export type BudgetStatus = (typeof BUDGET_STATUSES)[number]

/** A budget, as far as a service has to know it: never its limit, which is told account by account. */
export interface BudgetDefinition {
  id: string
  unit: BudgetUnit
  /** Name of the meter, for the unit `meter`. */
  meter?: string | undefined
  scope: Scope
  action: BudgetAction
  onUnreachable: OnUnreachable
  /** Percent of the limit from which callers are warned. */
  warnAt: number
  /** `success`: only runs that succeed count. */
  countIf?: 'success' | undefined
  /** Kinds of runs that do not count. */
  excludeKinds?: readonly string[] | undefined
  /** Credits for one USD, for the unit `credits`. */
  creditsPerUsd?: string | undefined
  /** Model → what is asked instead once the limit is reached. */
  downgrade?: Readonly<Record<string, string>> | undefined
  /** Milliseconds between calls once the limit is reached. */
  throttleMs?: number | undefined
}

/** One instance's part in one account. */
export interface AccountReport {
  /** Number of the lease, unique for the instance: one for each account and period. */
  lease: number
  budget: string
  /** Values of the dimensions that the budget has one account for each of. */
  subject: Scope
  /** Absent = whichever is now. */
  period?: string | undefined
  /** Everything that this instance has spent in the period. */
  settled: string
  /** What calls under way may still spend. */
  held: string
  /** What the instance believes it may spend in the period in all. */
  ceiling: string
  /** What calls that wait need beyond `settled` and `held`. */
  need: string
  /** The smallest of them; absent where none waits. */
  least?: string | undefined
  /** What it would like to have in hand beside that. */
  want: string
  /** What of `settled` the ledger that the request names has confirmed; absent = nothing. */
  acknowledged?: string | undefined
}

/** Why a call was refused, or let through although: for people who ask later. */
export interface Decision {
  id: string
  /** Milliseconds since the epoch, by the clock of the service. */
  at: number
  outcome: 'blocked' | 'downgraded' | 'throttled' | 'shadow' | 'warned' | 'degraded'
  code: string
  budget: string
  subject: Scope
  period?: string | undefined
  unit: BudgetUnit
  requested: string
  limit?: string | undefined
  committed?: string | undefined
  held?: string | undefined
  /** What this instance had in hand: its lease, and what of it was used and held. */
  lease?: { ceiling: string; settled: string; held: string } | undefined
  /** Who asked, and for which model. */
  scope: Scope
  priceVersion?: string | undefined
}

/** Decisions that one request may tell of. */
export const MAX_DECISIONS = 1_000

export interface LeaseRequest {
  /** Of one start of one process. */
  instance: string
  seq: number
  /** Version of the definitions that it knows; empty = none. */
  version: string
  /** The ledger that has answered last; what it has confirmed, another one knows nothing of. */
  ledger?: string | undefined
  accounts: readonly AccountReport[]
  decisions?: readonly Decision[] | undefined
}

/** How an account stands, and what the instance may spend of it. */
export interface AccountState {
  /** The lease of the report that this answers. */
  lease: number
  budget: string
  subject: Scope
  period: string
  /** The period is over: nothing more is granted in it. */
  closed?: boolean | undefined
  /** Milliseconds until the period ends. */
  endsInMs: number
  /** When it ends, milliseconds since the epoch by the collector's clock; absent where it rolls. */
  resetsAt?: number | undefined
  /** Absent = this subject has no limit. */
  limit?: string | undefined
  /** Spent by all instances, as far as they have reported. */
  committed: string
  /** What calls under way may still spend, by all instances. */
  held: string
  /** What this instance may spend in the period in all. */
  ceiling: string
  status: BudgetStatus
  /** Others wait: hand back what is not in use. */
  recall?: boolean | undefined
}

export interface LeaseResponse {
  seq: number
  /** Which ledger answers: another one, where its file was lost. */
  ledger?: string | undefined
  version: string
  /** Present where the request's version is another. */
  definitions?: readonly BudgetDefinition[] | undefined
  /** How long what is granted may be used, counted from when the request was sent. */
  ttlMs: number
  /** When to ask again. */
  refreshMs: number
  accounts: readonly AccountState[]
}
