/**
 * What follows from the findings of one rule: which alerts begin, which end.
 *
 * Invariant: pure. The same findings at the same instant give the same changes; an alert's id follows from what it
 * is about and when it began.
 */
import { createHash } from 'node:crypto'
import { type Instance, step } from './alert-state.ts'
import type { Alert, Change } from './records.ts'
import type { Rule } from './rule.ts'
import type { Finding } from './rules/rule-kind.ts'

/** What was known before. */
export interface Known {
  readonly instances: ReadonlyMap<string, Instance>
  alert(id: string): Alert | undefined
}

/** What is to be written down, and which alerts began or ended. */
export interface Decision {
  readonly changes: Change[]
  readonly alerts: Alert[]
}

/** Decides for one rule at `now`. */
export function decide(rule: Rule, findings: readonly Finding[], known: Known, now: number): Decision {
  const changes: Change[] = []
  const alerts: Alert[] = []
  const found = new Map(findings.map((finding) => [instanceKey(rule, finding.key), finding]))
  const timing = { forMs: rule.forMs, keepMs: rule.keepMs, once: rule.kind.once }
  for (const key of new Set([...found.keys(), ...known.instances.keys()])) {
    const before = known.instances.get(key)
    const finding = found.get(key)
    if (finding === undefined && before?.status === 'over') {
      // nobody asks about its period any more
      changes.push({ instance: key, rule: rule.name, is: null })
      continue
    }
    const { next, change } = step(before, finding, timing, now)
    let is = next
    if (change === 'began' && finding !== undefined) {
      const alert = alertOf(rule, finding, key, now)
      alerts.push(alert)
      is = { status: 'firing', since: now, alertId: alert.id }
    } else if (change === 'ended') {
      const alert = before?.alertId === undefined ? undefined : known.alert(before.alertId)
      if (alert !== undefined) alerts.push({ ...alert, endsAt: now })
    }
    if (is !== before) changes.push({ instance: key, rule: rule.name, is: is ?? null })
  }
  return { changes, alerts }
}

/** What remains of a rule that is no longer configured: its alerts end. */
export function retire(name: string, known: Known, now: number): Decision {
  const alerts: Alert[] = []
  const changes: Change[] = []
  for (const [key, { alertId }] of known.instances) {
    const alert = alertId === undefined ? undefined : known.alert(alertId)
    if (alert !== undefined && alert.endsAt === undefined) alerts.push({ ...alert, endsAt: now })
    changes.push({ instance: key, rule: name, is: null })
  }
  return { changes, alerts }
}

function instanceKey(rule: Rule, key: string): string {
  return `${rule.name}|${key}`
}

function alertOf(rule: Rule, finding: Finding, key: string, now: number): Alert {
  const { subject, value, threshold, period, title, summary } = finding
  return {
    id: createHash('sha256').update(`${key}|${now}`).digest('hex').slice(0, 20),
    source: 'rule',
    rule: rule.name,
    kind: rule.kind.kind,
    severity: rule.severity,
    ...{ title, summary, subject, value, threshold, period },
    startsAt: now,
    ...(rule.runbook !== undefined && { runbook: rule.runbook }),
  }
}
