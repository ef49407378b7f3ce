/**
 * Prometheus Alertmanager, by its API v2: grouping, silences and routes stay where the team already has them.
 *
 * Invariant: an alert's labels never change while it lasts, so its end finds its beginning; a firing alert is told
 * again before Alertmanager would take it for over.
 * Source: github.com/prometheus/alertmanager, api/v2/openapi.yaml.
 */
import { z } from 'zod'
import type { AlertEvent, Notice } from '../notice.ts'
import { CHAT_SCHEDULE, httpNotifier } from '../notifier.ts'
import { judge, USUAL } from '../verdict.ts'
import { type Authorized, authorization, authorizationSettings } from './authorization.ts'

interface Settings extends Authorized {
  url: string
  labels: Record<string, string>
}

const REFRESH_MS = 60_000
/** After so long without hearing of it again Alertmanager takes an alert for over. */
const LASTS_MS = 5 * REFRESH_MS

export const alertmanager = httpNotifier<Settings>({
  type: 'alertmanager',
  settings: {
    url: z.url({ protocol: /^https?$/ }).describe('The address of Alertmanager, without /api/v2'),
    labels: z.record(z.string(), z.string()).default({}).describe('Further labels of every alert'),
    ...authorizationSettings,
  },
  batch: 100,
  schedule: CHAT_SCHEDULE,
  refreshMs: REFRESH_MS,
  compose(notice, settings, { now }) {
    return {
      method: 'POST',
      url: `${settings.url.replace(/\/+$/, '')}/api/v2/alerts`,
      headers: { 'content-type': 'application/json', ...authorization(settings) },
      body: JSON.stringify(notice.events.map((event) => alertOf(event, notice, settings.labels, now))),
    }
  },
  judge: (answer, now) => judge(answer, now, USUAL),
})

function alertOf(event: AlertEvent, notice: Notice, further: Record<string, string>, now: number) {
  const labels: Record<string, string> = { alertname: event.rule, severity: event.severity }
  for (const [name, value] of Object.entries({ ...event.subject, ...further })) {
    // an empty label is no label, in Prometheus' eyes
    if (value !== '') labels[labelName(name)] = value
  }
  return {
    // The rule, the subject and what tells thresholds and periods apart; never the value.
    labels: { ...labels, alert_id: event.alertId },
    annotations: {
      title: event.title,
      summary: event.summary,
      value: event.value,
      threshold: event.threshold,
      ...(event.runbook !== undefined && { runbook_url: event.runbook }),
    },
    startsAt: new Date(event.startsAt).toISOString(),
    endsAt: new Date(event.endsAt ?? now + LASTS_MS).toISOString(),
    ...(notice.link !== undefined && { generatorURL: notice.link }),
  }
}

/** Label names are letters, digits and underscores. */
function labelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_')
}
