/**
 * What Grafana and Alertmanager send to a webhook, as alerts of ours.
 *
 * Invariant: pure. The same alert has the same id in every repetition, so that it stands in the list once; what is
 * malformed is refused whole, with the path of each fault.
 * Sources: prometheus.io/docs/alerting/latest/configuration (webhook, version "4"); grafana.com/docs/grafana,
 * "Configure the webhook notifier" (version "1"); both have the same skeleton.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Severity } from '../notice.ts'
import type { Alert } from '../records.ts'

const texts = z.record(z.string().max(256), z.coerce.string().max(4096))

const payload = z.object({
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: texts.default({}),
        annotations: texts.default({}),
        startsAt: z.iso.datetime({ offset: true }),
        endsAt: z.string().optional(),
        fingerprint: z.string().max(128).optional(),
        generatorURL: z.string().max(4096).optional(),
        valueString: z.string().max(4096).nullish(),
        values: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .max(1000),
})

export type IncomingSource = 'grafana' | 'alertmanager'
type IncomingAlert = z.infer<typeof payload>['alerts'][number]

/** Reads a payload. Returns every fault, `path: what is wrong`, where it is none. */
export function readIncoming(source: IncomingSource, body: unknown): Alert[] | { faults: string[] } {
  const read = payload.safeParse(body)
  if (!read.success) {
    return { faults: read.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`) }
  }
  return read.data.alerts.map((alert) => alertOf(source, alert))
}

const KEPT_APART = new Set(['alertname', 'severity'])

function alertOf(source: IncomingSource, incoming: IncomingAlert): Alert {
  const { labels, annotations, status, startsAt, endsAt, fingerprint, generatorURL } = incoming
  const identity = fingerprint ?? JSON.stringify(Object.entries(labels).sort())
  const rule = labels.alertname ?? 'unnamed'
  const title = annotations.title ?? annotations.summary ?? rule
  const runbook = annotations.runbook_url ?? generatorURL
  // the zero time of both systems says that there is no end yet
  const end = Date.parse(endsAt ?? '')
  return {
    id: createHash('sha256').update(`${source}|${identity}|${startsAt}`).digest('hex').slice(0, 20),
    ...{ source, rule, kind: '', severity: severityOf(labels.severity), title },
    summary: annotations.description ?? annotations.summary ?? '',
    subject: Object.fromEntries(Object.entries(labels).filter(([name]) => !KEPT_APART.has(name))),
    value: incoming.valueString ?? readingOf(incoming.values) ?? annotations.value ?? '',
    threshold: annotations.threshold ?? '',
    period: '',
    startsAt: Date.parse(startsAt),
    ...(status === 'resolved' && { endsAt: end > 0 ? end : Date.parse(startsAt) }),
    ...(runbook !== undefined && URL.canParse(runbook) && { runbook }),
  }
}

function readingOf(values: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  const entries = Object.entries(values ?? {})
  return entries.length === 0 ? undefined : entries.map(([name, value]) => `${name}=${value}`).join(', ')
}

/** Words for severity that teams use, as ours. */
function severityOf(text: string | undefined): Severity {
  if (/^(critical|page|error|high|p1|emergency|fatal)$/i.test(text ?? '')) return 'critical'
  return /^(info|none|low|debug|p4|notice)$/i.test(text ?? '') ? 'info' : 'warning'
}
