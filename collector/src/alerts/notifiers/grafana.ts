/**
 * Whoever takes the webhooks of Grafana Alerting: on-call tools and scripts that have a receiver for them.
 *
 * Invariant: the fields that Grafana documents, in its version 1; what Spanmeter has no such thing for is empty.
 * Source: grafana.com/docs/grafana, "Configure the webhook notifier for Alerting".
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type AlertEvent, headingOf, type Notice, statusOf } from '../notice.ts'
import { httpNotifier, WEBHOOK_SCHEDULE } from '../notifier.ts'
import { judge, USUAL } from '../verdict.ts'
import { type Authorized, authorization, authorizationSettings } from './authorization.ts'
import { plainText } from './wording.ts'

interface Settings extends Authorized {
  url: string
}

export const grafana = httpNotifier<Settings>({
  type: 'grafana',
  settings: {
    url: z.url({ protocol: /^https?$/ }).describe('A receiver of Grafana webhooks'),
    ...authorizationSettings,
  },
  batch: 50,
  schedule: WEBHOOK_SCHEDULE,
  compose(notice, settings, { text }) {
    const alerts = notice.events.map((event) => alertOf(event, notice))
    return {
      method: 'POST',
      url: settings.url,
      headers: { 'content-type': 'application/json', ...authorization(settings) },
      body: JSON.stringify({
        receiver: 'spanmeter',
        status: statusOf(notice),
        orgId: 1,
        alerts,
        groupLabels: {},
        commonLabels: common(alerts.map(({ labels }) => labels)),
        commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
        externalURL: notice.link ?? '',
        version: '1',
        groupKey: notice.id,
        truncatedAlerts: 0,
        title: text?.title ?? headingOf(notice),
        state: statusOf(notice) === 'firing' ? 'alerting' : 'ok',
        message: text?.body ?? plainText(notice).body,
      }),
    }
  },
  judge: (answer, now) => judge(answer, now, USUAL),
})

function alertOf(event: AlertEvent, notice: Notice) {
  const labels: Record<string, string> = { alertname: event.rule, severity: event.severity, ...event.subject }
  return {
    status: event.status,
    labels,
    annotations: { summary: event.summary, description: event.title } as Record<string, string>,
    startsAt: new Date(event.startsAt).toISOString(),
    // the zero time says that there is no end yet
    endsAt: event.endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(event.endsAt).toISOString(),
    values: { value: event.value, threshold: event.threshold },
    generatorURL: notice.link ?? '',
    fingerprint: createHash('sha256').update(event.alertId).digest('hex').slice(0, 16),
    silenceURL: '',
    dashboardURL: notice.link ?? '',
    panelURL: '',
  }
}

/** What all of them say alike. */
function common(all: readonly Record<string, string>[]): Record<string, string> {
  const [first = {}, ...others] = all
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  )
}
