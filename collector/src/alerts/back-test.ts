/**
 * When a rule would have told whom of what, had it been switched on before.
 *
 * Invariant: the very code that decides alerts, asked at past instants in their order; nothing is written or told.
 */

import type { Instance } from './alert-state.ts'
import { decide } from './decide.ts'
import type { Alert } from './records.ts'
import type { Rule } from './rule.ts'
import type { RuleContext } from './rules/rule-kind.ts'

export interface BackTestOptions {
  readonly rule: Rule
  readonly context: RuleContext
  /** Milliseconds, half-open. */
  readonly start: number
  readonly end: number
  /** How often the rule is looked at in production, milliseconds. */
  readonly everyMs: number
}

export interface BackTest {
  /** Oldest first; those without an end last beyond the range. */
  readonly alerts: readonly Alert[]
  /** How often the rule was asked, and how far apart. */
  readonly evaluations: number
  readonly stepMs: number
}

/** Asking is a query each time: a longer range is looked at less often. */
const MOST_EVALUATIONS = 720
/** Alerts of one test that are kept. */
const MOST_ALERTS = 5_000

/** Tries a rule on what is stored. Throws like a query, and when the caller has gone. */
export async function backTest({ rule, context, start, end, everyMs }: BackTestOptions): Promise<BackTest> {
  const stepMs = Math.max(everyMs, Math.ceil((end - start) / MOST_EVALUATIONS / 60_000) * 60_000)
  const instances = new Map<string, Instance>()
  const alerts = new Map<string, Alert>()
  let evaluations = 0
  for (let now = start; now < end; now += stepMs) {
    context.signal?.throwIfAborted()
    const findings = await rule.kind.read(context, rule.settings, now - rule.kind.lagMs)
    evaluations++
    const decision = decide(rule, findings, { instances, alert: (id) => alerts.get(id) }, now)
    for (const change of decision.changes) {
      if (!('instance' in change)) continue
      if (change.is === null) instances.delete(change.instance)
      else instances.set(change.instance, change.is)
    }
    for (const alert of decision.alerts) alerts.set(alert.id, alert)
    if (alerts.size > MOST_ALERTS) break
  }
  return { alerts: [...alerts.values()], evaluations, stepMs }
}
