/** Every kind of rule, in the order of the documentation. */
import { budget } from './budget.ts'
import { burnRate } from './burn-rate.ts'
import { completeness } from './completeness.ts'
import { errorRate } from './error-rate.ts'
import { ingestStopped } from './ingest-stopped.ts'
import { latency } from './latency.ts'
import { ledgerDrift } from './ledger-drift.ts'
import { projectedOverrun } from './projected-overrun.ts'
import { providerDown } from './provider-down.ts'
import type { RuleKind } from './rule-kind.ts'
import { spend } from './spend.ts'
import { spendAnomaly } from './spend-anomaly.ts'
import { unattributed } from './unattributed.ts'
import { unpriced } from './unpriced.ts'

export const RULE_KINDS: readonly RuleKind[] = [
  budget,
  spend,
  projectedOverrun,
  burnRate,
  spendAnomaly,
  errorRate,
  latency,
  providerDown,
  unpriced,
  unattributed,
  ingestStopped,
  completeness,
  ledgerDrift,
] as readonly RuleKind<never>[]
