/**
 * What to put right: models without a price, calls that name nobody, amounts that others see differently.
 *
 * Invariant: a row here can be followed to its calls by the filters that it names.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { filters } from '../sql/filters.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { within } from '../sql/time.ts'
import { unpricedModels } from '../sql/unpriced.ts'
import { rated, unnamed } from './all-calls.ts'

const COST = 'ifNull(spans.cost, toDecimal128(0, 12))'
/** Rows 3 and 4. */
export const qualityTablePanels: readonly Panel[] = [
  {
    id: 7,
    kind: 'table',
    title: 'Models without a price',
    description:
      'Answered calls of the chosen range whose cost is not known, by model and reason, with the tokens that were used.',
    unit: 'none',
    columns: [
      { name: 'model', title: 'Model', entity: 'model' },
      { name: 'provider', title: 'Provider', entity: 'provider' },
      { name: 'reason', title: 'Reason' },
      { name: 'tokens', title: 'Tokens', unit: 'tokens' },
      { name: 'time', title: 'Last call' },
      { name: 'requests', title: 'Calls', unit: 'count', bar: true },
    ],
    empty: 'Every answered call has a price',
    calls: { unpriced: 'true' },
    gridPos: { x: 0, y: 12, w: 14, h: 10 },
    targets: [tableTarget(unpricedModels(20), ['time'])],
  },
  {
    id: 8,
    kind: 'table',
    title: 'Calls that name nobody',
    description:
      'For each thing that a call can name: how many calls of the chosen range do not, and what those cost.',
    unit: 'none',
    columns: [
      { name: 'attribute', title: 'Names no' },
      { name: 'requests', title: 'Calls', unit: 'count' },
      { name: 'share', title: 'Share', unit: 'percent' },
      { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
    ],
    empty: 'No calls in this range',
    calls: { sort: '-cost' },
    gridPos: { x: 14, y: 12, w: 10, h: 10 },
    targets: [unnamed],
  },
  {
    id: 9,
    kind: 'bargauge',
    title: 'Who rated the calls',
    description:
      'Calls with a cost, by where it comes from: billed by the provider in its answer, or rated from prices, by the service that called or by the collector.',
    unit: 'count',
    label: 'source',
    value: 'requests',
    empty: 'No calls with a cost in this range',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 22, w: 8, h: 8 },
    targets: [rated],
  },
  {
    id: 10,
    kind: 'table',
    title: 'Rated differently by the sender',
    description:
      'Models whose spans brought a cost of their own that is not the stored one: another tool rated them with other prices.',
    unit: 'none',
    columns: [
      { name: 'model', title: 'Model', entity: 'model' },
      { name: 'provider', title: 'Provider', entity: 'provider' },
      { name: 'requests', title: 'Calls', unit: 'count' },
      { name: 'reported', title: 'Sender', unit: 'usd' },
      { name: 'cost', title: 'Stored', unit: 'usd' },
      { name: 'difference', title: 'Difference', unit: 'usd' },
    ],
    empty: 'No span brought another cost than the stored one',
    calls: { sort: '-cost' },
    gridPos: { x: 8, y: 22, w: 16, h: 8 },
    targets: [
      tableTarget(sql`
        SELECT if(spans.model = '', 'unknown', spans.model) AS model, provider, count() AS requests,
          sum(reported_cost) AS reported, sum(${COST}) AS cost, cost - reported AS difference
        FROM spans
        WHERE is_call AND isNotNull(reported_cost) AND ${within('start_time')}
          AND ${filters()}
        GROUP BY model, provider
        HAVING difference != 0
        ORDER BY abs(difference) DESC, model, provider
        LIMIT 20`),
    ],
  },
  {
    id: 11,
    kind: 'table',
    title: 'Services',
    description:
      'Every service of the chosen range: calls, and how many of them failed, have no price or an estimated usage.',
    unit: 'none',
    columns: [
      { name: 'service', title: 'Service', entity: 'service' },
      { name: 'environment', title: 'Environment', entity: 'environment' },
      { name: 'requests', title: 'Calls', unit: 'count' },
      { name: 'failed', title: 'Failed', unit: 'percent' },
      { name: 'unpriced', title: 'Unpriced', unit: 'percent' },
      { name: 'uncertain', title: 'Estimated or missing', unit: 'percent' },
      { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
    ],
    empty: 'No calls in this range',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 30, w: 24, h: 9 },
    targets: [
      tableTarget(sql`
        SELECT if(service_name = '', 'no service', service_name) AS service, environment, sum(n_calls) AS requests,
          sum(n_errors) / requests AS failed,
          sum(n_unpriced_calls) / requests AS unpriced,
          greatest(toInt64(sum(n_estimated_calls) + sum(n_missing_calls)) - sum(n_failed_calls), 0) / requests AS uncertain,
          sum(n_cost) AS cost
        FROM ${calls({
          measures: [
            'calls',
            'errors',
            'cost',
            'unpriced_calls',
            'estimated_calls',
            'missing_calls',
            'failed_calls',
          ],
          dimensions: ['service_name', 'environment'],
        })}
        GROUP BY service_name, environment
        ORDER BY cost DESC, service, environment
        LIMIT 50`),
    ],
  },
]
