/**
 * PagerDuty, by Events API v2.
 *
 * Invariant: an alert is one incident: its end carries the key that its beginning had.
 * Source: developer.pagerduty.com/docs/events-api-v2 (trigger, resolve, answers, limits).
 */
import { z } from 'zod'
import { httpNotifier } from '../notifier.ts'
import { judge } from '../verdict.ts'

interface Settings {
  routingKey: string
  url: string
}

const MINUTE = 60_000
const MOST_SUMMARY = 1024

export const pagerduty = httpNotifier<Settings>({
  type: 'pagerduty',
  settings: {
    routingKey: z.string().min(1).describe('Integration key of the service'),
    url: z
      .url({ protocol: /^https?$/ })
      .default('https://events.pagerduty.com/v2/enqueue')
      .describe('EU: https://events.eu.pagerduty.com/v2/enqueue'),
  },
  batch: 1,
  schedule: [10_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE],
  compose(notice, { routingKey, url }, { text }) {
    const [event] = notice.events
    if (event === undefined) throw new Error('cannot tell PagerDuty: the notice has no alert')
    const trigger = {
      payload: {
        summary: (text?.title ?? `${event.title}: ${event.summary}`).slice(0, MOST_SUMMARY),
        source: event.subject.tenant_id ?? event.subject.service ?? 'spanmeter',
        severity: event.severity,
        timestamp: new Date(event.startsAt).toISOString(),
        class: event.rule,
        component: 'spanmeter',
        custom_details: { ...event.subject, value: event.value, threshold: event.threshold },
      },
      ...(notice.link !== undefined && { client: 'Spanmeter', client_url: notice.link }),
      links: event.runbook === undefined ? [] : [{ href: event.runbook, text: 'What to do' }],
    }
    return {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        routing_key: routingKey,
        event_action: event.status === 'firing' ? 'trigger' : 'resolve',
        dedup_key: event.alertId,
        ...(event.status === 'firing' && trigger),
      }),
    }
  },
  // 400 is a fault of the event, 403 of the account; only 429 and faults of theirs pass
  judge: (answer, now) =>
    judge(answer, now, {
      delivered: (status) => status === 202 || status === 200,
      retry: (status) => status === 408 || status === 429 || status >= 500,
      disable: (status) => status === 410,
    }),
})
