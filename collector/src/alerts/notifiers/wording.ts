/** Words and colours that several notifiers share. */
import type { AlertEvent, Notice } from '../notice.ts'
import { headingOf } from '../notice.ts'

/** Hexadecimal colours by severity, and of what is over. */
export const COLORS = {
  info: '#3b82f6',
  warning: '#f59e0b',
  critical: '#dc2626',
  resolved: '#16a34a',
} as const

/** `tenant_id: acme, model: gpt-5`. */
export function subjectLine(event: AlertEvent): string {
  return Object.entries(event.subject)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')
}

/** What is appended to a line where it says anything. */
export function tail(text: string): string {
  return text === '' ? '' : ` (${text})`
}

/** One alert in lines of plain text. */
function plainLines(event: AlertEvent): string[] {
  return [
    `${event.status === 'resolved' ? 'Resolved: ' : `${event.severity.toUpperCase()}: `}${event.title}`,
    event.summary,
    `${event.value} against ${event.threshold}${tail(subjectLine(event))}`,
    ...(event.runbook === undefined ? [] : [`What to do: ${event.runbook}`]),
  ]
}

/** A whole notice in plain text, its heading apart. */
export function plainText(notice: Notice): { title: string; body: string } {
  const parts = notice.events.map((event) => plainLines(event).join('\n'))
  if (notice.link !== undefined) parts.push(notice.link)
  return { title: headingOf(notice), body: parts.join('\n\n') }
}
