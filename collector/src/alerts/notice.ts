/**
 * What is told to people: an alert that begins or ends, and the message that carries some of them.
 *
 * Invariant: a notice is complete; whoever delivers it, also days later and after a restart, asks nobody else.
 */

/** How bad it is. */
export type Severity = 'info' | 'warning' | 'critical'

/** An alert at the moment it began or ended. */
export interface AlertEvent {
  /** The same for the beginning and the end of one alert. */
  readonly alertId: string
  readonly status: 'firing' | 'resolved'
  readonly rule: string
  readonly severity: Severity
  /** One line: what is wrong, with whom. */
  readonly title: string
  /** One sentence with the figures. */
  readonly summary: string
  /** What it is about, such as `tenant_id`: labels that never change while the alert lasts. */
  readonly subject: Readonly<Record<string, string>>
  /** What was measured, for people. */
  readonly value: string
  /** What it was measured against, for people. */
  readonly threshold: string
  /** Milliseconds since 1970. */
  readonly startsAt: number
  /** Milliseconds since 1970; only where it is resolved. */
  readonly endsAt?: number
  /** What to do about it: a page of the user's. */
  readonly runbook?: string
}

/** One message to one channel. */
export interface Notice {
  /** The same in every attempt: receivers recognise a repetition by it. */
  readonly id: string
  /** Milliseconds since 1970 at which it was decided. */
  readonly createdAt: number
  readonly events: readonly AlertEvent[]
  /** It was asked for by a person who tries the channel. */
  readonly test?: boolean
  /** Where people look further: the address of the collector's page. */
  readonly link?: string
}

/** `firing` as long as one of its alerts is. */
export function statusOf(notice: Notice): 'firing' | 'resolved' {
  return notice.events.some((event) => event.status === 'firing') ? 'firing' : 'resolved'
}

const ORDER: readonly Severity[] = ['info', 'warning', 'critical']

/** The worst of its alerts. */
export function severityOf(notice: Notice): Severity {
  const worst = Math.max(0, ...notice.events.map(({ severity }) => ORDER.indexOf(severity)))
  return ORDER[worst] ?? 'info'
}

/** Whether `severity` is at least `least`. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return ORDER.indexOf(severity) >= ORDER.indexOf(least)
}

/** Of the alerts of a message the one to name: it fires, is the worst, and of several thresholds the last. */
function foremost({ events }: Notice): AlertEvent | undefined {
  const weight = ({ status, severity }: AlertEvent) =>
    (status === 'firing' ? ORDER.length : 0) + ORDER.indexOf(severity)
  return events.reduce<AlertEvent | undefined>(
    (found, event) => (found === undefined || weight(event) >= weight(found) ? event : found),
    undefined,
  )
}

/** The heading of a message: how many alerts and the foremost of them, or the one. */
export function headingOf(notice: Notice): string {
  const named = foremost(notice)
  const mark = notice.test === true ? 'Test: ' : ''
  if (named === undefined) return `${mark}no alert`
  const others = notice.events.length - 1
  if (others === 0) return `${mark}${named.status === 'resolved' ? 'Resolved: ' : ''}${named.title}`
  const firing = notice.events.filter(({ status }) => status === 'firing').length
  const resolved = notice.events.length - firing
  const parts = [firing > 0 ? `${firing} firing` : '', resolved > 0 ? `${resolved} resolved` : '']
  return `${mark}${parts.filter(Boolean).join(', ')}: ${named.title}, and ${others === 1 ? 'another' : `${others} others`}`
}
