/**
 * Tenants and features in numbers, and what changed most since the period before.
 *
 * Invariant: the period before is as long as the chosen range and ends where it begins.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { BEFORE } from '../sql/time.ts'

const NO_CALLS = 'No calls in this range'

/** Rows 3 and 4. */
export const customerTablePanels: readonly Panel[] = [
  {
    id: 7,
    kind: 'table',
    title: 'Tenants by cost',
    description:
      'Every tenant of the chosen range by what it costs, with the cost of the period of the same length just before.',
    unit: 'none',
    columns: columnsFor('tenant', 'Tenant'),
    empty: NO_CALLS,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 13, w: 14, h: 11 },
    targets: [ranking('tenant_id', 'tenant', 'no tenant')],
  },
  {
    id: 8,
    kind: 'table',
    title: 'Top movers',
    description:
      'Tenants, features and models whose cost changed most against the period of the same length just before, up or down.',
    unit: 'none',
    columns: [
      { name: 'kind', title: 'Kind' },
      { name: 'name', title: 'Name' },
      { name: 'before', title: 'Before', unit: 'usd' },
      { name: 'cost', title: 'Now', unit: 'usd' },
      { name: 'difference', title: 'Difference', unit: 'usd' },
    ],
    empty: 'Nothing costs more or less than in the period before',
    calls: { sort: '-cost' },
    gridPos: { x: 14, y: 13, w: 10, h: 11 },
    targets: [
      tableTarget(sql`
        SELECT kind, if(name = '', concat('no ', kind), name) AS name, sumIf(part, NOT earlier) AS cost,
          sumIf(part, earlier) AS before, cost - before AS difference
        FROM (
          SELECT pair.1 AS kind, pair.2 AS name, earlier, part
          FROM (
            SELECT tenant_id, feature, model, sum(n_cost) AS part, false AS earlier
            FROM ${calls({ measures: ['cost'], dimensions: ['tenant_id', 'feature', 'model'] })}
            GROUP BY tenant_id, feature, model
            UNION ALL
            SELECT tenant_id, feature, model, sum(n_cost) AS part, true AS earlier
            FROM ${calls({ measures: ['cost'], dimensions: ['tenant_id', 'feature', 'model'], range: BEFORE })}
            GROUP BY tenant_id, feature, model
          )
          ARRAY JOIN [('tenant', toString(tenant_id)), ('feature', toString(feature)), ('model', toString(model))] AS pair
        )
        GROUP BY kind, name
        HAVING difference != 0
        ORDER BY abs(difference) DESC, kind, name
        LIMIT 15`),
    ],
  },
  {
    id: 9,
    kind: 'table',
    title: 'Features by cost',
    description:
      'Every feature of the chosen range by what it costs, with the cost of the period of the same length just before.',
    unit: 'none',
    columns: columnsFor('feature', 'Feature'),
    empty: NO_CALLS,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 24, w: 14, h: 10 },
    targets: [ranking('feature', 'feature', 'no feature')],
  },
]

function columnsFor(name: string, title: string) {
  return [
    { name, title, entity: name },
    { name: 'requests', title: 'Calls', unit: 'count' },
    { name: 'errors', title: 'Failed', unit: 'percent' },
    { name: 'tokens', title: 'Tokens', unit: 'tokens' },
    { name: 'per_call', title: 'A call', unit: 'usd' },
    { name: 'change', title: 'Change', unit: 'percent', signed: true },
    { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
  ] as const
}

function ranking(dimension: string, name: string, none: string) {
  const measures = ['calls', 'errors', 'cost', 'input_tokens', 'output_tokens'] as const
  return tableTarget(sql`
    SELECT if(${dimension} = '', '${none}', ${dimension}) AS ${name},
      sumIf(requests, NOT earlier) AS requests,
      if(requests = 0, NULL, sumIf(failed, NOT earlier) / requests) AS errors,
      sumIf(used, NOT earlier) AS tokens,
      if(requests = 0, NULL, toFloat64(cost) / requests) AS per_call,
      if(sumIf(part, earlier) = 0, NULL, toFloat64(cost) / toFloat64(sumIf(part, earlier)) - 1) AS change,
      sumIf(part, NOT earlier) AS cost
    FROM (
      SELECT ${dimension}, sum(n_calls) AS requests, sum(n_errors) AS failed, sum(n_cost) AS part,
        sum(n_input_tokens) + sum(n_output_tokens) AS used, false AS earlier
      FROM ${calls({ measures, dimensions: [dimension] })}
      GROUP BY ${dimension}
      UNION ALL
      SELECT ${dimension}, sum(n_calls) AS requests, sum(n_errors) AS failed, sum(n_cost) AS part,
        sum(n_input_tokens) + sum(n_output_tokens) AS used, true AS earlier
      FROM ${calls({ measures, dimensions: [dimension], range: BEFORE })}
      GROUP BY ${dimension}
    )
    GROUP BY ${dimension}
    HAVING requests > 0
    ORDER BY cost DESC, ${name}
    LIMIT 50`)
}
