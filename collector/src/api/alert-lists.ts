/**
 * `GET /api/v1/alerts`, `/alerts/rules`, `/silences`, `/channels`, `/deliveries`: what is wrong and who was told.
 *
 * Invariant: newest first; a caller that is bound to a tenant sees the alerts about it and nothing else.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { isAtLeast } from '../alerts/notice.ts'
import type { Alert } from '../alerts/records.ts'
import {
  type AlertBody,
  alertBody,
  alertSchema,
  type ChannelBody,
  channelSchema,
  type DeliveryBody,
  deliveryBody,
  deliverySchema,
  exampleAlert,
  type RuleBody,
  ruleSchema,
  type SilenceBody,
  STATES,
  silenceBody,
  silenceSchema,
} from './alert-schema.ts'
import { count } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { wholeNumber } from './whole-number.ts'

const page = {
  limit: wholeNumber('limit', 1000, 100, 'Length of the list.'),
  offset: wholeNumber('offset', 100_000_000, 0, 'How many to leave out.', 0),
}
const choice = <const Value extends string>(
  values: readonly [Value, ...Value[]],
  description: string,
): z.ZodOptional<z.ZodType<Value, Value>> => z.enum(values).optional().openapi({ description }) as never
const exactly = (description: string) => z.string().min(1).max(256).optional().openapi({ description })

interface Page {
  limit: number
  offset: number
}

/** A part of a list, and how long it is. */
function pageOf<Entry>(all: readonly Entry[], { limit, offset }: Page): { total: number; part: Entry[] } {
  return { total: all.length, part: all.slice(offset, offset + limit) }
}

const total = count('Length of the whole list.')

/** Creates the endpoints. */
export function createAlertLists(options: ApiOptions): OpenAPIHono {
  const { alerting } = options
  const app = new OpenAPIHono()
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/alerts',
      operationId: 'listAlerts',
      summary: 'Alerts',
      description: 'Alerts of the rules and of other systems that send theirs here; newest first.',
      query: {
        status: choice(['firing', 'resolved'], 'Only those that last, or only those that are over.'),
        severity: choice(['info', 'warning', 'critical'], 'Only those that are at least so bad.'),
        read: choice(['true', 'false'], 'Only those that somebody marked as read, or only the others.'),
        rule: exactly('Only of this rule.'),
        tenant_id: exactly('Only about this tenant.'),
        ...page,
      },
      schema: z
        .object({
          total,
          unread: count('Alerts that nobody marked as read, in the whole list.'),
          firing: count('Alerts that fire, in the whole list.'),
          alerts: z.array(alertSchema),
        })
        .openapi('Alerts') as z.ZodType<{
        total: number
        unread: number
        firing: number
        alerts: AlertBody[]
      }>,
      example: { total: 1, unread: 1, firing: 1, alerts: [alertBody(exampleAlert())] },
      table: (body) =>
        tableOf(
          'alerts',
          body.alerts.map(({ subject, ...alert }) => ({ ...alert, ...flat(subject) })),
        ),
      async answer({ query, tenant }) {
        const { status, severity, read, rule } = query
        const all = (alerting?.book.alerts() ?? [])
          .filter(
            (alert) =>
              (tenant === undefined || alert.subject.tenant_id === tenant) &&
              (query.tenant_id === undefined || alert.subject.tenant_id === query.tenant_id) &&
              (status === undefined || (alert.endsAt === undefined) === (status === 'firing')) &&
              (severity === undefined || isAtLeast(alert.severity, severity)) &&
              (read === undefined || (alert.readAt !== undefined) === (read === 'true')) &&
              (rule === undefined || alert.rule === rule),
          )
          .sort(byBeginning)
        const found = pageOf(all, query)
        return {
          total: found.total,
          unread: all.filter(({ readAt }) => readAt === undefined).length,
          firing: all.filter(({ endsAt }) => endsAt === undefined).length,
          alerts: found.part.map(alertBody),
        }
      },
    }),
  )
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/alerts/rules',
      operationId: 'listAlertRules',
      summary: 'Alert rules',
      description: 'Rules of the configuration, and how many of their alerts fire.',
      query: {},
      schema: z.object({ rules: z.array(ruleSchema) }).openapi('AlertRules') as z.ZodType<{
        rules: RuleBody[]
      }>,
      example: {
        rules: [
          {
            ...{ name: 'tenant-month', kind: 'spend', severity: 'warning', for_seconds: 0, firing: 1 },
            ...{ what: 'spend of a calendar period reaches parts of an amount', channels: null },
          },
        ],
      },
      async answer() {
        const firing = (alerting?.book.alerts() ?? []).filter(({ endsAt }) => endsAt === undefined)
        return {
          rules: (alerting?.rules ?? []).map(({ name, kind, severity, forMs, channels }) => ({
            ...{ name, kind: kind.kind, what: kind.what, severity, for_seconds: forMs / 1000 },
            channels: channels === undefined ? null : [...channels],
            firing: firing.filter(({ source, rule }) => source === 'rule' && rule === name).length,
          })),
        }
      },
    }),
  )
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/silences',
      operationId: 'listSilences',
      summary: 'Silences',
      description: 'Silences that hold or will; those that are over are not listed.',
      query: {},
      schema: z.object({ silences: z.array(silenceSchema) }).openapi('Silences') as z.ZodType<{
        silences: SilenceBody[]
      }>,
      example: { silences: [silenceBody(exampleSilence())] },
      async answer({ now, tenant }) {
        const silences = (alerting?.book.silences() ?? []).filter(
          ({ until, match }) => until > now && (tenant === undefined || match.tenant_id === tenant),
        )
        return { silences: silences.map(silenceBody) }
      },
    }),
  )
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/channels',
      operationId: 'listChannels',
      summary: 'Channels',
      description: 'Where alerts are told, and whether that works. Addresses and secrets are not shown.',
      query: {},
      schema: z.object({ channels: z.array(channelSchema) }).openapi('Channels') as z.ZodType<{
        channels: ChannelBody[]
      }>,
      example: {
        channels: [
          {
            ...{ name: 'ops', type: 'slack', pending: 0, failed: 0 },
            ...{ disabled_at: null, disabled_reason: null },
          },
        ],
      },
      async answer() {
        const deliveries = alerting?.book.deliveries() ?? []
        return {
          channels: [...(alerting?.channels.values() ?? [])].map(({ name, type }) => {
            const mine = deliveries.filter(({ channel }) => channel === name)
            const off = alerting?.book.disabled(name)
            return {
              ...{ name, type },
              disabled_at: off === undefined ? null : new Date(off.at).toISOString(),
              disabled_reason: off?.reason ?? null,
              pending: mine.filter(({ status }) => status === 'pending' || status === 'held').length,
              failed: mine.filter(({ status }) => status === 'failed').length,
            }
          }),
        }
      },
    }),
  )
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/deliveries',
      operationId: 'listDeliveries',
      summary: 'Deliveries',
      description: 'Messages to channels, with their attempts; newest first.',
      query: {
        status: choice(STATES, 'Only in this state.'),
        channel: exactly('Only to this channel.'),
        ...page,
      },
      schema: z.object({ total, deliveries: z.array(deliverySchema) }).openapi('Deliveries') as z.ZodType<{
        total: number
        deliveries: DeliveryBody[]
      }>,
      example: { total: 1, deliveries: [exampleDelivery()] },
      table: (body) =>
        tableOf(
          'deliveries',
          body.deliveries.map(({ alert_ids, ...one }) => ({ ...one, alerts: alert_ids.join(' ') })),
        ),
      async answer({ query }) {
        const { status, channel } = query
        const all = (alerting?.book.deliveries() ?? [])
          .filter(
            (one) =>
              (status === undefined || one.status === status) &&
              (channel === undefined || one.channel === channel),
          )
          .reverse()
        const found = pageOf(all, query)
        return { total: found.total, deliveries: found.part.map(deliveryBody) }
      },
    }),
  )
  return app
}

function byBeginning(one: Alert, other: Alert): number {
  return other.startsAt - one.startsAt || (one.id < other.id ? -1 : 1)
}

function flat(subject: Readonly<Record<string, string>>): { subject: string } {
  return {
    subject: Object.entries(subject)
      .map(([name, value]) => `${name}=${value}`)
      .join(', '),
  }
}

/** A silence of the documentation. */
export function exampleSilence() {
  const from = Date.UTC(2026, 2, 24, 10)
  return { id: 'c3f1', match: { rule: 'tenant-month' }, from, until: from + 3_600_000, comment: 'migration' }
}

/** A delivery of the documentation. */
export function exampleDelivery(): DeliveryBody {
  return {
    ...{ id: '7d1b2f6e', channel: 'ops', status: 'delivered', attempts: 1, reason: null, next_at: null },
    ...{ created_at: '2026-03-24T09:30:00.000Z', last_at: '2026-03-24T09:30:00.412Z' },
    alert_ids: ['5f0c1e7ab0d94c3e8a21'],
  }
}
