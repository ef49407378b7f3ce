/**
 * Where Grafana and Alertmanager send their alerts.
 *
 * Invariant: what comes with the token of a tenant is about that tenant; nothing is sent on.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Alerting } from '../alerts/alerting.ts'
import { type IncomingSource, readIncoming } from '../alerts/incoming/payload.ts'
import type { Alert } from '../alerts/records.ts'
import { createAction } from './action.ts'
import { count } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { NotFound } from './endpoint.ts'

const SENDERS: Readonly<Record<IncomingSource, string>> = {
  grafana: 'A contact point of type webhook with this address.',
  alertmanager: 'A `webhook_configs` entry with this address.',
}

/** Creates the addresses. */
export function createIncoming({ alerting }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  for (const source of Object.keys(SENDERS) as IncomingSource[]) {
    app.route(
      '/',
      createAction<unknown, { accepted: number }>({
        method: 'post',
        path: `/v1/alerts/${source}`,
        operationId: `receive${source === 'grafana' ? 'Grafana' : 'Alertmanager'}Alerts`,
        summary: `Alerts of ${source === 'grafana' ? 'Grafana' : 'Alertmanager'}`,
        description: `${SENDERS[source]} They stand in the list with the others; nothing is sent on.`,
        body: z.looseObject({}).openapi({ description: 'As that system sends it.' }) as never,
        schema: z.object({ accepted: count('Alerts taken.') }).openapi('AcceptedAlerts'),
        example: { accepted: 1 },
        async answer({ body, tenant }) {
          if (alerting === undefined) return new NotFound('cannot take alerts: alerting does not run here')
          const read = readIncoming(source, body)
          if (!Array.isArray(read)) {
            return read.faults.map((fault) => {
              const [name = '', ...detail] = fault.split(': ')
              return { name, detail: detail.join(': ') }
            })
          }
          // whoever sends with the token of a tenant sends about that tenant
          const bound = (alert: Alert): Alert =>
            tenant === undefined ? alert : { ...alert, subject: { ...alert.subject, tenant_id: tenant } }
          await alerting.accept(read.map((alert) => keepMarks(bound(alert), alerting)))
          return { accepted: read.length }
        },
      }),
    )
  }
  return app
}

/** What people said of an alert stays when it is sent again. */
function keepMarks(alert: Alert, alerting: Alerting): Alert {
  const { readAt, ackedAt, ackedBy } = alerting.book.alert(alert.id) ?? {}
  return {
    ...alert,
    ...(readAt !== undefined && { readAt }),
    ...(ackedAt !== undefined && { ackedAt }),
    ...(ackedBy !== undefined && { ackedBy }),
  }
}
