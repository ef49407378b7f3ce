/**
 * What tenants, features and models cost, now and in the period of the same length just before.
 *
 * Invariant: each panel has a query of its own; the page asks one for all of them, with a row for each tenant, feature and
 * model that one of the panels shows.
 */
import type { Target } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { columnList, pairList } from '../sql/columns.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { BEFORE } from '../sql/time.ts'

const LONGEST = 50
const MOVERS = 15
const MEASURES = ['calls', 'errors', 'cost', 'input_tokens', 'output_tokens'] as const
const SUMS = sql`
  sum(n_calls) AS made, sum(n_errors) AS failed, sum(n_cost) AS part, sum(n_input_tokens) + sum(n_output_tokens) AS used`

/** Now and before, summed by some dimensions. */
function bothPeriods(dimensions: readonly string[]): string {
  const list = dimensions.join(', ')
  return sql`
    SELECT ${list}, ${SUMS}, earlier
    FROM ${calls({ measures: MEASURES, dimensions, before: BEFORE })}
    GROUP BY ${list}, earlier`
}

const NUMBERS = {
  requests: 'sumIf(made, NOT earlier)',
  errors: 'if(requests = 0, NULL, sumIf(failed, NOT earlier) / requests)',
  tokens: 'sumIf(used, NOT earlier)',
  per_call: 'if(requests = 0, NULL, toFloat64(cost) / requests)',
  change: 'if(sumIf(part, earlier) = 0, NULL, toFloat64(cost) / toFloat64(sumIf(part, earlier)) - 1)',
  cost: 'sumIf(part, NOT earlier)',
} as const
const MOVED = { cost: NUMBERS.cost, before: 'sumIf(part, earlier)', difference: 'cost - before' } as const

const KINDS = { tenant: 'tenant_id', feature: 'feature', model: 'model' }
/** A row for each tenant, feature and model. */
const BY_KIND = sql`
  (
    SELECT pair.1 AS kind, pair.2 AS called, earlier, made, failed, part, used
    FROM (
      ${bothPeriods(Object.values(KINDS))}
    )
    ARRAY JOIN ${pairList(KINDS)} AS pair
  )`
const NAME = "if(called = '', concat('no ', kind), called)"

/** The place among those of a kind by cost. */
const placeOf = (kind: string) =>
  `if(kind = '${kind}' AND requests > 0, row_number() OVER (PARTITION BY kind, requests > 0 ORDER BY cost DESC, name), NULL)`

/** Everything at once, with the places that rows have in the lists. */
const WHOLE = sql`
  SELECT *
  FROM (
    SELECT *, name AS tenant, name AS feature,
      ${placeOf('tenant')} AS tenant_place,
      ${placeOf('feature')} AS feature_place,
      if(difference != 0, row_number() OVER (PARTITION BY difference != 0 ORDER BY abs(difference) DESC, kind, name), NULL) AS mover_place,
      nullIf(countIf(is_tenant AND requests > 0) OVER (), 0) AS tenants,
      if(sumIf(cost, kind = 'tenant') OVER () = 0, NULL,
        toFloat64(maxIf(cost, is_tenant) OVER ()) / toFloat64(sumIf(cost, kind = 'tenant') OVER ())) AS largest
    FROM (
      SELECT kind, ${NAME} AS name, kind = 'tenant' AND called != '' AS is_tenant,
        ${columnList({ ...NUMBERS, ...MOVED })}
      FROM ${BY_KIND}
      GROUP BY kind, called
    )
  )
  WHERE tenant_place <= ${String(LONGEST)} OR feature_place <= ${String(LONGEST)} OR mover_place <= ${String(MOVERS)}`

/** Tenants or features by what they cost. */
export function byCost(kind: 'tenant' | 'feature'): Target {
  const column = KINDS[kind]
  const place = `${kind}_place`
  const own = sql`
    SELECT if(${column} = '', 'no ${kind}', ${column}) AS ${kind},
      ${columnList(NUMBERS)}
    FROM (
      ${bothPeriods([column])}
    )
    GROUP BY ${column}
    HAVING requests > 0
    ORDER BY cost DESC, ${kind}
    LIMIT ${String(LONGEST)}`
  const columns = [kind, ...Object.keys(NUMBERS)]
  return { ...tableTarget(own), together: { sql: WHOLE, columns, place, most: LONGEST } }
}

/** What changed most, of all kinds. */
export const movers: Target = {
  ...tableTarget(sql`
    SELECT kind, ${NAME} AS name,
      ${columnList(MOVED)}
    FROM ${BY_KIND}
    GROUP BY kind, called
    HAVING difference != 0
    ORDER BY abs(difference) DESC, kind, name
    LIMIT ${String(MOVERS)}`),
  together: {
    sql: WHOLE,
    columns: ['kind', 'name', ...Object.keys(MOVED)],
    place: 'mover_place',
    most: MOVERS,
  },
}

/** How many tenants there are, and the share of the largest. */
export const tenantCount: Target = {
  ...tableTarget(sql`
    SELECT nullIf(countIf(tenant_id != ''), 0) AS tenants,
      if(sum(cost) = 0, NULL, toFloat64(maxIf(cost, tenant_id != '')) / toFloat64(sum(cost))) AS largest
    FROM (
      SELECT tenant_id, sum(n_cost) AS cost
      FROM ${calls({ measures: ['cost'], dimensions: ['tenant_id'] })}
      GROUP BY tenant_id
    )`),
  together: { sql: WHOLE, columns: ['tenants', 'largest'], single: true },
}
