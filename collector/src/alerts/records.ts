/**
 * What is kept of alerts, deliveries, silences and channels, and the changes that the journal holds.
 *
 * Invariant: everything that is known follows from the changes in their order.
 */
import type { Instance } from './alert-state.ts'
import type { AlertEvent, Notice, Severity } from './notice.ts'

/** An alert, from its beginning on. */
export interface Alert {
  readonly id: string
  /** `rule`: one of ours; otherwise the system that told of it. */
  readonly source: 'rule' | 'grafana' | 'alertmanager'
  readonly rule: string
  /** Kind of the rule; empty where another system has it. */
  readonly kind: string
  readonly severity: Severity
  readonly title: string
  readonly summary: string
  readonly subject: Readonly<Record<string, string>>
  readonly value: string
  readonly threshold: string
  /** Period that knows the alert once; empty where there is none. */
  readonly period: string
  readonly startsAt: number
  readonly endsAt?: number
  /** Who said that they have seen it, and when. */
  readonly readAt?: number
  readonly ackedAt?: number
  readonly ackedBy?: string
  /** The silence that kept it quiet when it began. */
  readonly silencedBy?: string
  readonly runbook?: string
}

/** How a delivery stands. `held`: its channel is switched off. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'held'

/** One message on its way to one channel. */
export interface Delivery {
  readonly id: string
  readonly channel: string
  readonly notice: Notice
  readonly status: DeliveryStatus
  readonly attempts: number
  /** Of the last attempt. */
  readonly lastAt?: number
  readonly reason?: string
  /** When the next attempt is due, where there will be one. */
  readonly nextAt?: number
}

/** Nothing is sent of alerts whose labels are these, for a time. */
export interface Silence {
  readonly id: string
  /** `rule`, `severity` or a label of the subject → value. */
  readonly match: Readonly<Record<string, string>>
  readonly from: number
  readonly until: number
  readonly comment: string
}

/** One change. */
export type Change =
  | { readonly instance: string; readonly rule: string; readonly is: Instance | null }
  | { readonly alert: Alert }
  | { readonly delivery: Delivery }
  | { readonly silence: Silence }
  | { readonly channel: string; readonly disabled: { readonly at: number; readonly reason: string } | null }

/** The alert as a message tells of it. */
export function eventOf(alert: Alert): AlertEvent {
  const { id, rule, severity, title, summary, subject, value, threshold, startsAt, endsAt, runbook } = alert
  return {
    alertId: id,
    status: endsAt === undefined ? 'firing' : 'resolved',
    ...{ rule, severity, title, summary, subject, value, threshold, startsAt },
    ...(endsAt !== undefined && { endsAt }),
    ...(runbook !== undefined && { runbook }),
  }
}

/** Whether a silence holds for an alert at `now`. */
export function silences(silence: Silence, alert: Alert, now: number): boolean {
  if (now < silence.from || now >= silence.until) return false
  const labels: Record<string, string> = { ...alert.subject, rule: alert.rule, severity: alert.severity }
  return Object.entries(silence.match).every(([name, value]) => labels[name] === value)
}
