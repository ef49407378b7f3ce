/**
 * Providers compared, how near their limits are, and the newest errors.
 *
 * Invariant: the cost of a successful call carries what failed ones cost, too: that is what a success takes.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { filters } from '../sql/filters.ts'
import { latency, percentile } from '../sql/latency.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { within } from '../sql/time.ts'

/** Rows 4 and 5. */
export const reliabilityTablePanels: readonly Panel[] = [
  {
    id: 9,
    kind: 'table',
    title: 'Providers',
    description:
      'Providers side by side: how often they fail, how fast they answer, how fast they write, and what a call that succeeds costs.',
    unit: 'none',
    columns: [
      { name: 'provider', title: 'Provider', entity: 'provider' },
      { name: 'requests', title: 'Calls', unit: 'count' },
      { name: 'error_rate', title: 'Failed', unit: 'percent' },
      { name: 'p50', title: 'Median', unit: 'seconds' },
      { name: 'p95', title: 'p95', unit: 'seconds' },
      { name: 'first_token', title: 'First token', unit: 'seconds' },
      { name: 'per_success', title: 'A success', unit: 'usd' },
      { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
    ],
    empty: 'No calls in this range',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 20, w: 16, h: 9 },
    targets: [
      tableTarget(sql`
        SELECT if(sums.provider = '', 'unknown', sums.provider) AS provider, requests, error_rate, p50, p95, first_token,
          per_success, cost
        FROM (
          SELECT provider, sum(n_calls) AS requests, sum(n_errors) / sum(n_calls) AS error_rate,
            if(sum(n_calls) = sum(n_errors), NULL, toFloat64(sum(n_cost)) / (sum(n_calls) - sum(n_errors))) AS per_success,
            sum(n_cost) AS cost
          FROM ${calls({ measures: ['calls', 'errors', 'cost'], dimensions: ['provider'] })}
          GROUP BY provider
        ) AS sums
        LEFT JOIN (
          SELECT provider, ${percentile('latency', 0)} AS p50, ${percentile('latency', 1)} AS p95,
            ${percentile('ttfc', 0)} AS first_token
          FROM ${latency({ dimensions: ['provider'] })}
          GROUP BY provider
        ) AS times USING (provider)
        ORDER BY cost DESC, provider`),
    ],
  },
  {
    id: 10,
    kind: 'bargauge',
    title: 'Rate limit headroom',
    description:
      'The least that was left of a limit on requests or tokens during the chosen range, as the providers told in their answers; the tightest eight first.',
    unit: 'percent',
    label: 'label',
    value: 'left_over',
    empty: 'No provider told its limits in this range',
    calls: { sort: '-timestamp' },
    gridPos: { x: 16, y: 20, w: 8, h: 9 },
    targets: [
      tableTarget(sql`
        SELECT concat(provider, ' ', model) AS label, min(least_headroom) AS left_over
        FROM ${latency({ sketches: [], headroom: true, dimensions: ['provider', 'model'] })}
        GROUP BY label
        HAVING left_over IS NOT NULL
        ORDER BY left_over, label
        LIMIT 8`),
    ],
  },
  {
    id: 11,
    kind: 'table',
    title: 'Newest errors',
    description: 'The last twenty calls of the chosen range that failed.',
    unit: 'none',
    columns: [
      { name: 'time', title: 'Time' },
      { name: 'error', title: 'Error' },
      { name: 'status', title: 'Status', unit: 'none' },
      { name: 'provider', title: 'Provider', entity: 'provider' },
      { name: 'model', title: 'Model', entity: 'model' },
      { name: 'service', title: 'Service', entity: 'service' },
      { name: 'tenant', title: 'Tenant', entity: 'tenant' },
      { name: 'duration', title: 'Duration', unit: 'seconds' },
      { name: 'call', title: 'Call', opens: 'call' },
    ],
    empty: 'No call failed in this range',
    calls: { status: 'error' },
    gridPos: { x: 0, y: 29, w: 24, h: 11 },
    targets: [
      tableTarget(
        sql`
          SELECT start_time AS time, error_type AS error, nullIf(http_status_code, 0) AS status, provider,
            if(model = '', request_model, model) AS model, service_name AS service, tenant_id AS tenant,
            duration_ns / 1e9 AS duration, concat(trace_id, '/', span_id) AS call
          FROM spans
          WHERE is_call AND spans.status = 'error' AND ${within('start_time')}
            AND ${filters()}
          ORDER BY start_time DESC
          LIMIT 20`,
        ['time'],
      ),
    ],
  },
]
