/** Alerts, deliveries, channels, silences and rules as the API shows them. */
import { z } from '@hono/zod-openapi'
import type { Alert, Delivery, Silence } from '../alerts/records.ts'
import { count, text } from './amounts.ts'

const iso = (instant: number): string => new Date(instant).toISOString()
const isoOrNull = (instant: number | undefined): string | null =>
  instant === undefined ? null : iso(instant)
const moment = (description: string): z.ZodISODateTime => z.iso.datetime().openapi({ description })
const severities = ['info', 'warning', 'critical'] as const
export const STATES = ['pending', 'delivered', 'failed', 'held'] as const
const labels = (description: string): z.ZodRecord<z.ZodString, z.ZodString> =>
  z.record(z.string(), z.string()).openapi({ description })

/** One alert. */
export interface AlertBody {
  id: string
  status: 'firing' | 'resolved'
  source: Alert['source']
  rule: string
  kind: string
  severity: Alert['severity']
  title: string
  summary: string
  subject: Record<string, string>
  value: string
  threshold: string
  period: string | null
  starts_at: string
  ends_at: string | null
  read_at: string | null
  acked_at: string | null
  acked_by: string | null
  silenced: boolean
  runbook: string | null
}

export const alertSchema: z.ZodType<AlertBody> = z
  .object({
    id: text('Identifies the alert.'),
    status: z.enum(['firing', 'resolved']),
    source: z
      .enum(['rule', 'grafana', 'alertmanager'])
      .openapi({ description: '`rule`: one of the configuration; otherwise who sent it.' }),
    rule: text('Name of the rule.'),
    kind: text('Kind of the rule; empty where another system has it.'),
    severity: z.enum(severities),
    title: text('What is wrong, with whom.'),
    summary: text('The figures, in a sentence.'),
    subject: labels('What it is about, such as `tenant_id`.'),
    value: text('What was measured.'),
    threshold: text('What it was measured against.'),
    period: text('The period that knows the alert once; null where there is none.').nullable(),
    starts_at: moment('When it began, UTC.'),
    ends_at: moment('When it was over, UTC; null while it fires.').nullable(),
    read_at: moment('When somebody marked it as read, UTC.').nullable(),
    acked_at: moment('When somebody said that they see to it, UTC.').nullable(),
    acked_by: text('Who that was.').nullable(),
    silenced: z.boolean().openapi({ description: 'A silence kept it quiet.' }),
    runbook: text('A page that says what to do.').nullable(),
  })
  .openapi('Alert')

/** Shows an alert. */
export function alertBody(alert: Alert): AlertBody {
  const { id, source, rule, kind, severity, title, summary, subject, value, threshold } = alert
  return {
    id,
    status: alert.endsAt === undefined ? 'firing' : 'resolved',
    ...{ source, rule, kind, severity, title, summary, subject: { ...subject }, value, threshold },
    period: alert.period || null,
    starts_at: iso(alert.startsAt),
    ends_at: isoOrNull(alert.endsAt),
    read_at: isoOrNull(alert.readAt),
    acked_at: isoOrNull(alert.ackedAt),
    acked_by: alert.ackedBy ?? null,
    silenced: alert.silencedBy !== undefined,
    runbook: alert.runbook ?? null,
  }
}

/** One message on its way to one channel. */
export interface DeliveryBody {
  id: string
  channel: string
  status: Delivery['status']
  attempts: number
  reason: string | null
  created_at: string
  last_at: string | null
  next_at: string | null
  alert_ids: string[]
}

export const deliverySchema: z.ZodType<DeliveryBody> = z
  .object({
    id: text('The same in every attempt; receivers recognise a repetition by it.'),
    channel: text('Where it goes.'),
    status: z
      .enum(STATES)
      .openapi({ description: '`failed`: given up. `held`: the channel is switched off.' }),
    attempts: count('Attempts so far.'),
    reason: text('Why the last attempt was not taken.').nullable(),
    created_at: moment('When it was decided, UTC.'),
    last_at: moment('The last attempt, UTC.').nullable(),
    next_at: moment('When the next attempt is due, UTC.').nullable(),
    alert_ids: z.array(z.string()).openapi({ description: 'Alerts that it tells of.' }),
  })
  .openapi('Delivery')

/** Shows a delivery. */
export function deliveryBody(delivery: Delivery): DeliveryBody {
  const { id, channel, status, attempts, notice } = delivery
  return {
    ...{ id, channel, status, attempts },
    reason: delivery.reason ?? null,
    created_at: iso(notice.createdAt),
    last_at: isoOrNull(delivery.lastAt),
    next_at: status === 'pending' ? isoOrNull(delivery.nextAt) : null,
    alert_ids: notice.events.map(({ alertId }) => alertId),
  }
}

/** One silence. */
export interface SilenceBody {
  id: string
  match: Record<string, string>
  from: string
  until: string
  comment: string
}

export const silenceSchema: z.ZodType<SilenceBody> = z
  .object({
    id: text('Identifies the silence.'),
    match: labels('`rule`, `severity` or a label of the subject, and its value.'),
    from: moment('Beginning, UTC.'),
    until: moment('End, UTC.'),
    comment: text('Why.'),
  })
  .openapi('Silence')

/** Shows a silence. */
export function silenceBody({ id, match, from, until, comment }: Silence): SilenceBody {
  return { id, match: { ...match }, from: iso(from), until: iso(until), comment }
}

/** One channel. */
export interface ChannelBody {
  name: string
  type: string
  disabled_at: string | null
  disabled_reason: string | null
  pending: number
  failed: number
}

export const channelSchema: z.ZodType<ChannelBody> = z
  .object({
    name: text('As the configuration calls it.'),
    type: text('Kind of receiver.'),
    disabled_at: moment('Since when nothing is sent, UTC; null while it works.').nullable(),
    disabled_reason: text('Why.').nullable(),
    pending: count('Messages that wait, those held back included.'),
    failed: count('Messages that were given up.'),
  })
  .openapi('Channel')

/** One rule. */
export interface RuleBody {
  name: string
  kind: string
  what: string
  severity: Alert['severity']
  for_seconds: number
  channels: string[] | null
  firing: number
}

export const ruleSchema: z.ZodType<RuleBody> = z
  .object({
    name: text('As the configuration calls it.'),
    kind: text('Kind of the rule.'),
    what: text('What the kind tells of.'),
    severity: z.enum(severities),
    for_seconds: count('How long it must hold before anybody hears of it.'),
    channels: z.array(z.string()).nullable().openapi({ description: 'Where it is told; null: everywhere.' }),
    firing: count('Its alerts that fire now.'),
  })
  .openapi('AlertRule')

/** An alert of the documentation. */
export function exampleAlert(): Alert {
  return {
    ...{
      id: '5f0c1e7ab0d94c3e8a21',
      source: 'rule',
      rule: 'tenant-month',
      kind: 'spend',
      severity: 'warning',
    },
    title: 'Spend of this month of tenant acme has reached 80%',
    summary: '$40.10 of $50.00 are used, 80.2%.',
    subject: { tenant_id: 'acme' },
    ...{ value: '$40.10 (80.2%)', threshold: '80% of $50.00', period: 'month:2026-03-01' },
    startsAt: Date.UTC(2026, 2, 24, 9, 30),
  }
}
