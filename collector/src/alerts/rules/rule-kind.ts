/**
 * A kind of alert rule: what it is configured with, and how it finds out what stands against its threshold.
 *
 * Invariant: it reads and judges, at any instant that it is asked for, also a past one; it remembers nothing and
 * tells nobody.
 */
import { z } from 'zod'
import type { QueryContext } from '../../query/execute.ts'
import type { Reading } from '../alert-state.ts'
import type { BudgetStanding } from './budget.ts'

/** What a rule found out about one subject and one threshold, with the words for it. */
export interface Finding extends Reading {
  readonly subject: Readonly<Record<string, string>>
  readonly value: string
  readonly threshold: string
  /** Key of the period that knows it once; empty where there is none. */
  readonly period: string
  readonly title: string
  readonly summary: string
}

/** What rules may ask. */
export interface RuleContext extends QueryContext {
  /** How the budgets of the ledger stand now; absent where the past is asked for, which it does not know. */
  readonly budgets?: (() => Iterable<BudgetStanding>) | undefined
  /** Percent at which a budget of the configuration tells somebody, for the past. */
  readonly thresholdsOf?: ((budget: string) => readonly number[] | undefined) | undefined
}

/** One kind. */
export interface RuleKind<Settings = never> {
  /** As `kind` in the configuration names it. */
  readonly kind: string
  readonly what: string
  readonly settings: z.ZodRawShape
  /** A period knows an alert once: it does not come again after it was over. */
  readonly once: boolean
  /** What holds where the rule does not say it. */
  readonly defaults: {
    readonly severity: 'info' | 'warning' | 'critical'
    readonly forSeconds: number
    readonly keepSeconds: number
  }
  /** Spans arrive late: what is judged ends so long ago, milliseconds. */
  readonly lagMs: number
  /** Findings at `now`, milliseconds. A subject that is not among them has nothing wrong. Throws like a query. */
  read(context: RuleContext, settings: Settings, now: number): Promise<Finding[]>
}

const MINUTE = 60_000
/** Exporters send every few seconds, and what waits for a retry comes within a minute. */
export const LAG_MS = MINUTE / 2

/** A value counts as back on the good side when it is below so much of its threshold. */
export const HYSTERESIS = 0.95

/** A percentage as a person writes it: 80, or 99.5. */
export const percent: z.ZodNumber = z.number().positive().max(100_000)
/** Minutes, up to a week. */
export const minutes: z.ZodNumber = z.number().int().min(1).max(10_080)

/** Whether `value` has reached `limit`, and whether it is well below it. */
export function against(value: number, limit: number): Pick<Reading, 'breached' | 'cleared'> {
  return { breached: value >= limit, cleared: value < limit * HYSTERESIS }
}
