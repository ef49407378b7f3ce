/**
 * The panels that say where the money goes: shares, rankings and single calls.
 *
 * Invariant: single calls are read from the spans themselves, so a row here can be found there.
 */
import type { Panel } from '../model.ts'
import { CONVERSATION_TITLE, calls, NEWEST_TITLE } from '../sql/calls.ts'
import { filters } from '../sql/filters.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { within } from '../sql/time.ts'
import { spendBy } from '../sql/top.ts'

const NO_COST = 'No calls with a cost in this range'

const largest = spendBy({
  provider: { column: 'provider', count: 10, none: 'unknown' },
  tenant: { column: 'tenant_id', count: 8, none: 'no tenant' },
  feature: { column: 'feature', count: 8, none: 'no feature' },
})

/** Rows 5 to 7. */
export const breakdownPanels: readonly Panel[] = [
  {
    id: 16,
    kind: 'piechart',
    entity: 'provider',
    title: 'Share of providers',
    description: 'Cost in the chosen range per provider.',
    unit: 'usd',
    label: 'label',
    value: 'cost',
    empty: NO_COST,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 25, w: 6, h: 9 },
    targets: [largest.provider],
  },
  {
    id: 17,
    kind: 'bargauge',
    entity: 'tenant',
    title: 'Top tenants',
    description: 'Cost in the chosen range of the eight tenants that spend most.',
    unit: 'usd',
    label: 'label',
    value: 'cost',
    empty: NO_COST,
    calls: { sort: '-cost' },
    gridPos: { x: 6, y: 25, w: 6, h: 9 },
    targets: [largest.tenant],
  },
  {
    id: 18,
    kind: 'bargauge',
    entity: 'feature',
    title: 'Top features',
    description: 'Cost in the chosen range of the eight features that spend most, as the services name them.',
    unit: 'usd',
    label: 'label',
    value: 'cost',
    empty: NO_COST,
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 25, w: 6, h: 9 },
    targets: [largest.feature],
  },
  {
    id: 20,
    kind: 'table',
    title: 'Most expensive conversations',
    description:
      'Conversations by what their calls in the chosen range cost; a conversation without an id is not listed.',
    unit: 'none',
    columns: [
      { name: 'conversation', title: 'Conversation' },
      { name: 'tenant', title: 'Tenant', entity: 'tenant' },
      { name: 'requests', title: 'Requests', unit: 'count' },
      { name: 'tokens', title: 'Tokens', unit: 'tokens' },
      { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
    ],
    empty: 'No call in this range names its conversation',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 34, w: 14, h: 11 },
    targets: [
      tableTarget(sql`
        SELECT
          ${NEWEST_TITLE} AS conversation,
          tenant_id AS tenant,
          sum(n_calls) AS requests,
          sum(n_input_tokens) + sum(n_output_tokens) AS tokens,
          sum(n_cost) AS cost
        FROM ${calls({
          measures: ['calls', 'input_tokens', 'output_tokens', 'cost'],
          dimensions: ['tenant_id', 'conversation_id'],
          columns: { title: CONVERSATION_TITLE },
          rollup: 'rollup_detail_hour',
        })}
        WHERE conversation_id != ''
        GROUP BY tenant_id, conversation_id
        ORDER BY cost DESC, conversation_id
        LIMIT 10`),
    ],
  },
  {
    id: 22,
    kind: 'table',
    title: 'Most expensive calls',
    description: 'Single calls of the chosen range by what they cost.',
    unit: 'none',
    columns: [
      { name: 'time', title: 'Time' },
      { name: 'model', title: 'Model', entity: 'model' },
      { name: 'service', title: 'Service', entity: 'service' },
      { name: 'tenant', title: 'Tenant', entity: 'tenant' },
      { name: 'feature', title: 'Feature', entity: 'feature' },
      { name: 'input', title: 'In', unit: 'tokens' },
      { name: 'output', title: 'Out', unit: 'tokens' },
      { name: 'duration', title: 'Duration', unit: 'seconds' },
      { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
      { name: 'call', title: 'Call', opens: 'call' },
    ],
    empty: NO_COST,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 45, w: 24, h: 11 },
    targets: [
      tableTarget(
        sql`
          SELECT
            start_time AS time, model, service_name AS service, tenant_id AS tenant, feature,
            spans.input_tokens AS input, spans.output_tokens AS output,
            duration_ns / 1e9 AS duration, spans.cost AS cost, concat(trace_id, '/', span_id) AS call
          FROM spans
          WHERE is_call AND isNotNull(spans.cost) AND ${within('start_time')}
            AND ${filters()}
          ORDER BY spans.cost DESC, start_time DESC
          LIMIT 10`,
        ['time'],
      ),
    ],
  },
]
