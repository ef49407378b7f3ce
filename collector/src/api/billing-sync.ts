/**
 * `GET /api/v1/billing/sync` and `POST /api/v1/billing/sync/{id}/retry`: what Stripe was told, and what it said.
 *
 * Invariant: newest hour first; a caller that is bound to a tenant sees its own hours and nothing else.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { SYNC_STATES, type SyncRecord, type SyncState } from '../stripe/record.ts'
import { createAction } from './action.ts'
import { missing } from './alert-missing.ts'
import { count, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { wholeNumber } from './whole-number.ts'

/** An hour of a tenant and a meter. */
export interface SyncBody {
  id: string
  tenant_id: string
  meter: string
  hour: string
  customer: string | null
  state: SyncState
  total: string
  sent: string | null
  provider_id: string | null
  error: string | null
  tries: number
  next_at: string | null
  changed_at: string
}

/** A page of them, and how everything stands. */
export interface SyncListBody {
  enabled: boolean
  looked_at: string | null
  error: string | null
  faults: { meter: string; error: string }[]
  states: { state: SyncState; hours: number }[]
  total: number
  hours: SyncBody[]
}

const instant = (description: string) => z.iso.datetime().openapi({ description })
const state = z.enum(SYNC_STATES)
const syncSchema: z.ZodType<SyncBody> = z
  .object({
    id: text('The same for ever.'),
    tenant_id: text('The tenant.'),
    meter: text('Event name of the meter in Stripe.'),
    hour: instant('Start of the hour.'),
    customer: text('Customer in Stripe; null where the tenant is none.').nullable(),
    state: state.openapi({
      description:
        '`pending`: to be sent. `sent`: Stripe took it. `confirmed`: the sum in Stripe is ours. `rejected`: Stripe ' +
        'refused it. `skipped`: the tenant is no customer. `expired`: too old for Stripe. `drift`: the sum in Stripe is another one.',
    }),
    total: text('What the hour comes to, a whole number.'),
    sent: text('What Stripe took of it; null where that is not known.').nullable(),
    provider_id: text('Identifier of the event that Stripe took last.').nullable(),
    error: text('What Stripe said, or why it was not reached.').nullable(),
    tries: count('Attempts since Stripe last answered for good.'),
    next_at: instant('When the next attempt is due; null = at once, or never.').nullable(),
    changed_at: instant('When this last changed.'),
  })
  .openapi('BillingSync')

const listSchema: z.ZodType<SyncListBody> = z
  .object({
    enabled: z.boolean().openapi({ description: 'Whether anything is sent.' }),
    looked_at: instant('When what has changed was looked for last.').nullable(),
    error: text('Why that ended early; null when it did not.').nullable(),
    faults: z
      .array(z.object({ meter: text('Event name.'), error: text('Why nothing is sent of it.') }))
      .openapi({ description: 'Meters of the configuration that cannot be used.' }),
    states: z
      .array(z.object({ state, hours: count('How many hours.') }))
      .openapi({ description: 'Every state that there is, over all hours.' }),
    total: count('Length of the whole list.'),
    hours: z.array(syncSchema),
  })
  .openapi('BillingSyncs')

/** Creates the list. */
export function createBillingSync(options: ApiOptions): OpenAPIHono {
  const { billing } = options
  return createEndpoint(options, {
    path: '/api/v1/billing/sync',
    operationId: 'listBillingSync',
    summary: 'What Stripe was told',
    description: 'Every hour of a tenant and meter that was sent to Stripe or will be; newest first.',
    query: {
      state: state.optional().openapi({ description: 'Only in this state.' }),
      tenant_id: z.string().min(1).max(256).optional().openapi({ description: 'Only of this tenant.' }),
      meter: z.string().min(1).max(100).optional().openapi({ description: 'Only of this event name.' }),
      limit: wholeNumber('limit', 1000, 100, 'Length of the list.'),
      offset: wholeNumber('offset', 100_000_000, 0, 'How many to leave out.', 0),
    },
    schema: listSchema,
    example: {
      ...{ enabled: true, looked_at: '2026-03-24T10:15:00.000Z', error: null, faults: [], total: 1 },
      states: [{ state: 'confirmed', hours: 1 }],
      hours: [exampleSync()],
    },
    table: ({ hours }) => tableOf('billing-sync', hours, Object.keys(exampleSync())),
    async answer({ query, tenant }) {
      const mine = [...(billing?.book.records() ?? [])].filter(
        (one) => tenant === undefined || one.tenant === tenant,
      )
      const all = mine
        .filter(
          (one) =>
            (query.state === undefined || one.state === query.state) &&
            (query.tenant_id === undefined || one.tenant === query.tenant_id) &&
            (query.meter === undefined || one.eventName === query.meter),
        )
        .sort((one, other) => other.hour - one.hour || (one.id < other.id ? -1 : 1))
      const { at, error, faults = {} } = billing?.standing ?? {}
      return {
        enabled: billing?.isOn ?? false,
        looked_at: at === undefined ? null : new Date(at).toISOString(),
        error: (tenant === undefined ? error : undefined) ?? null,
        faults: Object.entries(tenant === undefined ? faults : {}).map(([meter, why]) => ({
          meter,
          error: why,
        })),
        states: statesOf(mine),
        total: all.length,
        hours: all.slice(query.offset, query.offset + query.limit).map(syncBody),
      }
    },
  })
}

/** Creates the action. */
export function createBillingRetry({ billing }: ApiOptions): OpenAPIHono {
  return createAction<undefined, SyncBody>({
    method: 'post',
    path: '/api/v1/billing/sync/{id}/retry',
    operationId: 'retryBillingSync',
    summary: 'Send an hour to Stripe again',
    description:
      'At once. Only hours that are `pending`, `rejected` or `drift` can be sent again; what Stripe has already is not ' +
      'counted twice.',
    params: { id: 'The hour.' },
    schema: syncSchema,
    example: { ...exampleSync(), state: 'pending', next_at: null },
    async answer({ params: { id = '' }, tenant }) {
      if (tenant !== undefined && billing?.book.get(id)?.tenant !== tenant) return missing('hour', id)
      const again = await billing?.retry(id)
      if (again === undefined) return missing('hour', id)
      if (again === null)
        return [
          {
            name: 'id',
            detail: `is ${billing?.book.get(id)?.state}; pending, rejected and drift can be sent again`,
          },
        ]
      return syncBody(again)
    },
  })
}

function statesOf(records: readonly SyncRecord[]): SyncListBody['states'] {
  return SYNC_STATES.flatMap((name) => {
    const hours = records.filter((one) => one.state === name).length
    return hours === 0 ? [] : [{ state: name, hours }]
  })
}

function syncBody(record: SyncRecord): SyncBody {
  const { id, tenant, eventName, hour, customer, state, total, sent, identifier, error, tries } = record
  return {
    ...{ id, tenant_id: tenant, meter: eventName, hour: new Date(hour).toISOString() },
    ...{ customer: customer ?? null, state, total, sent: sent ?? null, provider_id: identifier ?? null },
    ...{ error: error ?? null, tries },
    next_at: record.nextAt === undefined ? null : new Date(record.nextAt).toISOString(),
    changed_at: new Date(record.changedAt).toISOString(),
  }
}

function exampleSync(): SyncBody {
  return {
    ...{
      id: '5f0c1e7ab0d94c3e8a21b7f0',
      tenant_id: 'acme',
      meter: 'ai_cost',
      hour: '2026-03-24T09:00:00.000Z',
    },
    ...{ customer: 'cus_P4c1', state: 'confirmed', total: '1284000', sent: '1284000' },
    provider_id: 'spanmeter_0d6c1f4b2a',
    ...{ error: null, tries: 0, next_at: null, changed_at: '2026-03-24T10:15:00.000Z' },
  }
}
