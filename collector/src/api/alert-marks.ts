/**
 * What people say of alerts: that they were read, and who sees to them.
 *
 * Invariant: a caller that is bound to a tenant changes only what is about it.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Alerting } from '../alerts/alerting.ts'
import type { Alert } from '../alerts/records.ts'
import { createAction } from './action.ts'
import { missing } from './alert-missing.ts'
import { type AlertBody, alertBody, alertSchema, exampleAlert } from './alert-schema.ts'
import type { ApiOptions } from './app.ts'
import type { NotFound } from './endpoint.ts'

/** Calls `use` with the alert, if there is one that the caller may see. */
async function withAlert(
  alerting: Alerting | undefined,
  id: string | undefined,
  tenant: string | undefined,
  use: (alerting: Alerting, alert: Alert) => Promise<Alert | undefined>,
): Promise<AlertBody | NotFound> {
  const alert = alerting?.book.alert(id ?? '')
  if (alerting === undefined || alert === undefined) return missing('alert', id)
  if (tenant !== undefined && alert.subject.tenant_id !== tenant) return missing('alert', id)
  const marked = await use(alerting, alert)
  return marked === undefined ? missing('alert', id) : alertBody(marked)
}

/** Creates the actions. */
export function createMarks({ alerting, now }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const params = { id: 'The alert.' }
  const example = alertBody({ ...exampleAlert(), readAt: Date.UTC(2026, 2, 24, 9, 45) })
  app.route(
    '/',
    createAction({
      method: 'post',
      path: '/api/v1/alerts/{id}/read',
      operationId: 'markAlertRead',
      summary: 'Mark an alert as read',
      description: 'Marking it again changes nothing.',
      ...{ params, schema: alertSchema, example },
      answer: ({ params: { id }, tenant }) =>
        withAlert(alerting, id, tenant, async (running, alert) =>
          alert.readAt === undefined ? running.mark(alert.id, { readAt: now().getTime() }) : alert,
        ),
    }),
  )
  app.route(
    '/',
    createAction({
      method: 'post',
      path: '/api/v1/alerts/{id}/ack',
      operationId: 'acknowledgeAlert',
      summary: 'Say that you see to an alert',
      description: 'Also marks it as read.',
      params,
      body: z
        .strictObject({ by: z.string().min(1).max(200).openapi({ description: 'Who sees to it.' }) })
        .openapi('AlertAcknowledgement'),
      schema: alertSchema,
      example: { ...example, acked_at: '2026-03-24T09:45:00.000Z', acked_by: 'kim' },
      answer: ({ params: { id }, tenant, body: { by } }) =>
        withAlert(alerting, id, tenant, (running, alert) => {
          const at = now().getTime()
          return running.mark(alert.id, { readAt: alert.readAt ?? at, ackedAt: at, ackedBy: by })
        }),
    }),
  )
  return app
}
