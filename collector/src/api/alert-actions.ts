/**
 * What people do about alerts: read and acknowledge them, silence, try rules and channels, send again; and where
 * Grafana and Alertmanager send theirs.
 *
 * Invariant: a caller that is bound to a tenant changes only what is about it.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { readerFor } from '../access/tenant-reader.ts'
import type { Alerting } from '../alerts/alerting.ts'
import { backTest } from '../alerts/back-test.ts'
import { type IncomingSource, readIncoming } from '../alerts/incoming/payload.ts'
import type { Alert } from '../alerts/records.ts'
import { createRule, type RuleConfig } from '../alerts/rule.ts'
import { RULE_KINDS } from '../alerts/rules/built-in.ts'
import { ruleSchema as ruleConfig } from '../config/alerts.ts'
import type { Fault } from '../query/period.ts'
import { createAction } from './action.ts'
import { exampleDelivery, exampleSilence } from './alert-lists.ts'
import {
  type AlertBody,
  alertBody,
  alertSchema,
  type DeliveryBody,
  deliveryBody,
  deliverySchema,
  exampleAlert,
  type SilenceBody,
  silenceBody,
  silenceSchema,
} from './alert-schema.ts'
import { count, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { NotFound } from './endpoint.ts'

const DAY_MS = 86_400_000
const LONGEST_TEST_DAYS = 92

/** Creates the actions. */
export function createAlertActions(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  for (const create of [createMarks, createSilences, createChannelActions, createBackTest, createIncoming])
    app.route('/', create(options))
  return app
}

/** No such thing, where `alerting` has it not or does not run. */
function missing(what: string, id: string | undefined): NotFound {
  return new NotFound(`cannot find ${what} ${id}; GET the list to see what there is`)
}

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

function createMarks({ alerting, now }: ApiOptions): OpenAPIHono {
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

function createSilences({ alerting, now }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const body = z
    .strictObject({
      match: z
        .record(z.string().min(1).max(200), z.string().max(256))
        .refine(
          (match) => Object.keys(match).length > 0,
          'is empty, which would silence everything; name a label',
        )
        .openapi({
          description: '`rule`, `severity` or a label of the subject, and its value; all must fit.',
        }),
      minutes: z
        .int()
        .min(1)
        .max(60 * 24 * 90)
        .openapi({ description: 'How long, from now on.' }),
      comment: z.string().max(1000).default('').openapi({ description: 'Why.' }),
    })
    .openapi('NewSilence')
  app.route(
    '/',
    createAction<z.output<typeof body>, SilenceBody>({
      method: 'post',
      path: '/api/v1/silences',
      operationId: 'createSilence',
      summary: 'Silence alerts for a time',
      description:
        'Nothing is sent of alerts that begin while it holds; what still fires afterwards is told then. They are listed all the same.',
      body: body as never,
      schema: silenceSchema,
      example: silenceBody(exampleSilence()),
      async answer({ body: { match, minutes, comment }, tenant }) {
        if (alerting === undefined) return new NotFound('cannot silence alerts: alerting does not run here')
        if (tenant !== undefined && match.tenant_id !== tenant) {
          return [{ name: 'match.tenant_id', detail: `must be ${tenant}: the token is bound to it` }]
        }
        const from = now().getTime()
        return silenceBody(await alerting.silence({ match, from, until: from + minutes * 60_000, comment }))
      },
    }),
  )
  app.route(
    '/',
    createAction({
      method: 'delete',
      path: '/api/v1/silences/{id}',
      operationId: 'endSilence',
      summary: 'End a silence now',
      description: 'What still fires is told with the next look at the rules.',
      params: { id: 'The silence.' },
      schema: silenceSchema,
      example: silenceBody(exampleSilence()),
      async answer({ params: { id }, tenant }) {
        const silence = alerting?.book.silences().find((one) => one.id === id)
        if (alerting === undefined || silence === undefined) return missing('silence', id)
        if (tenant !== undefined && silence.match.tenant_id !== tenant) return missing('silence', id)
        const over = await alerting.unsilence(silence.id)
        return over === undefined ? missing('silence', id) : silenceBody(over)
      },
    }),
  )
  return app
}

const verdict = z
  .object({
    outcome: z.enum(['delivered', 'retry', 'failed', 'disable']).openapi({
      description: '`retry`: not now. `failed`: never. `disable`: the receiver is gone.',
    }),
    reason: text('What the receiver said.').nullable(),
  })
  .openapi('ChannelTest')

function createChannelActions({ alerting }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const params = { id: 'Name of the channel.' }
  app.route(
    '/',
    createAction({
      method: 'post',
      path: '/api/v1/channels/{id}/test',
      operationId: 'testChannel',
      summary: 'Send a test message to a channel',
      description: 'Once, at once. A channel that was switched off and takes it is switched on again.',
      params,
      schema: verdict as z.ZodType<{ outcome: string; reason: string | null }>,
      example: { outcome: 'delivered', reason: null },
      async answer({ params: { id } }) {
        const tried = await alerting?.test(id ?? '')
        return tried === undefined
          ? missing('channel', id)
          : { outcome: tried.outcome, reason: tried.reason ?? null }
      },
    }),
  )
  app.route(
    '/',
    createAction({
      method: 'post',
      path: '/api/v1/channels/{id}/enable',
      operationId: 'enableChannel',
      summary: 'Switch a channel on again',
      description: 'What was held back goes out.',
      params,
      schema: z.object({ enabled: z.literal(true) }).openapi('ChannelEnabled') as z.ZodType<{
        enabled: true
      }>,
      example: { enabled: true },
      async answer({ params: { id } }) {
        return (await alerting?.enable(id ?? '')) === true ? { enabled: true } : missing('channel', id)
      },
    }),
  )
  app.route(
    '/',
    createAction<undefined, DeliveryBody>({
      method: 'post',
      path: '/api/v1/deliveries/{id}/replay',
      operationId: 'replayDelivery',
      summary: 'Send a message again',
      description: 'With the same id, so that receivers recognise it; its attempts begin anew.',
      params: { id: 'The delivery.' },
      schema: deliverySchema,
      example: { ...exampleDelivery(), status: 'pending', attempts: 0, next_at: '2026-03-24T09:50:00.000Z' },
      async answer({ params: { id } }) {
        const again = await alerting?.replay(id ?? '')
        return again === undefined ? missing('delivery', id) : deliveryBody(again)
      },
    }),
  )
  return app
}

interface BackTestBody {
  alerts: AlertBody[]
  evaluations: number
  step_seconds: number
}

function createBackTest({ alerting, reader, now }: ApiOptions): OpenAPIHono {
  const body = z
    .strictObject({
      rule: z.looseObject({ kind: z.string() }).openapi({ description: 'As in the configuration.' }),
      days: z
        .number()
        .positive()
        .max(LONGEST_TEST_DAYS)
        .default(30)
        .openapi({ description: 'How far back.' }),
    })
    .openapi('AlertBackTest')
  return createAction<z.output<typeof body>, BackTestBody>({
    method: 'post',
    path: '/api/v1/alerts/test',
    operationId: 'backTestRule',
    summary: 'When a rule would have fired',
    description:
      'Tries a rule on what is stored, before it is switched on. Long ranges are looked at less often than the rule would be. Nothing is written or sent.',
    body: body as never,
    schema: z
      .object({
        alerts: z.array(alertSchema),
        evaluations: count('How often the rule was asked.'),
        step_seconds: count('How far apart.'),
      })
      .openapi('AlertBackTestResult') as z.ZodType<BackTestBody>,
    example: { alerts: [alertBody(exampleAlert())], evaluations: 720, step_seconds: 3600 },
    async answer({ body: { rule, days }, tenant, signal }) {
      const parsed = ruleConfig.safeParse({ name: 'test', ...rule })
      if (!parsed.success) return faultsOf(parsed.error)
      const end = now().getTime()
      const result = await backTest({
        rule: createRule(parsed.data as unknown as RuleConfig, RULE_KINDS),
        context: { reader: readerFor(reader, tenant), signal },
        start: end - days * DAY_MS,
        end,
        everyMs: alerting?.everyMs ?? 60_000,
      })
      return {
        alerts: result.alerts.map(alertBody),
        evaluations: result.evaluations,
        step_seconds: result.stepMs / 1000,
      }
    },
  })
}

function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map(({ path, message }) => ({ name: ['rule', ...path].join('.'), detail: message }))
}

const SENDERS: Readonly<Record<IncomingSource, string>> = {
  grafana: 'A contact point of type webhook with this address.',
  alertmanager: 'A `webhook_configs` entry with this address.',
}

function createIncoming({ alerting }: ApiOptions): OpenAPIHono {
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
