/**
 * What tenants, features, models and agents cost, now and in the period of the same length just before.
 *
 * Invariant: each panel has a query of its own; the page asks one for all of them, with the rows of each list one after
 * the other.
 */
import { type Frame, totalOf } from '../expand/frame.ts'
import type { Target, Together } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { columnList, pairList } from '../sql/columns.ts'
import { tableTarget } from '../sql/target.ts'
import { sql, WITH_TOTALS } from '../sql/text.ts'
import { BEFORE } from '../sql/time.ts'

const LONGEST = 50
const MOVERS = 15
const AGENTS = 20
const KINDS = { tenant: 'tenant_id', feature: 'feature', model: 'model' }
/** What an agent is called; several may be called the same. */
const AGENT = "if(agent_name = '', agent_id, agent_name)"
const AGENT_COLUMNS = ['agent_id', 'agent_name']

/** Sums of the period, and what it cost before. */
const SUMS = {
  made: 'sumIf(n_calls, NOT earlier)',
  failed: 'sumIf(n_errors, NOT earlier)',
  used: 'sumIf(n_input_tokens + n_output_tokens, NOT earlier)',
  spent: 'sumIf(n_cost, NOT earlier)',
  spent_before: 'sumIf(n_cost, earlier)',
}
const NUMBERS = {
  requests: 'made',
  errors: 'if(made = 0, NULL, failed / made)',
  tokens: 'used',
  per_call: 'if(made = 0, NULL, toFloat64(spent) / made)',
  change: 'if(spent_before = 0, NULL, toFloat64(spent) / toFloat64(spent_before) - 1)',
  cost: 'spent',
}
const MOVED = { cost: 'spent', before: 'spent_before', difference: 'spent - spent_before' }

/** The sums by some dimensions. */
function sums(dimensions: readonly string[]): string {
  const list = dimensions.join(', ')
  return sql`
    SELECT ${list},
      ${columnList(SUMS)}
    FROM ${calls({ measures: ['calls', 'errors', 'cost', 'input_tokens', 'output_tokens'], dimensions, before: BEFORE })}
    GROUP BY ${list}`
}

/** How rows are grouped, and the kinds of them. */
interface Grouping {
  readonly kinds: Readonly<Record<string, string>>
  readonly dimensions: readonly string[]
  readonly more?: readonly string[]
  readonly totals?: string
}

/** A row for each tenant, feature and model with the sums that are asked for. */
function byKind(
  names: readonly (keyof typeof SUMS)[],
  { kinds, dimensions, more = [], totals = '' }: Grouping = {
    kinds: KINDS,
    dimensions: Object.values(KINDS),
  },
): string {
  return sql`
    (
      SELECT pair.1 AS kind, pair.2 AS called,
        ${[...names.map((name) => `sum(s.${name}) AS ${name}`), ...more].join(', ')}
      FROM (
        ${sums(dimensions)}
      ) AS s
      ARRAY JOIN ${pairList(kinds)} AS pair
      GROUP BY kind, called${totals}
    )`
}
const NAME = "if(called = '', concat('no ', kind), called)"

/**
 * Everything at once: a row for each list that a row is in, the first ones first; the totals are about all tenants. An
 * agent is his name and, after a zero, his id.
 */
const WHOLE = sql`
  SELECT list, kind, if(kind = 'agent', substring(called, 1, position(called, '\\0') - 1), ${NAME}) AS name,
    name AS tenant, name AS feature, name AS agent,
    ${columnList({ ...NUMBERS, ...MOVED })},
    tenants, spent_by_named, spent_by_tenants
  FROM ${byKind(['made', 'failed', 'used', 'spent', 'spent_before'], {
    kinds: { ...KINDS, agent: `concat(${AGENT}, '\\0', agent_id)` },
    dimensions: [...Object.values(KINDS), ...AGENT_COLUMNS],
    more: [
      "uniqExactIf(pair.2, pair.1 = 'tenant' AND pair.2 != '' AND s.made > 0) AS tenants",
      "sumIf(s.spent, pair.1 = 'tenant' AND pair.2 != '') AS spent_by_named",
      "sumIf(s.spent, pair.1 = 'tenant') AS spent_by_tenants",
    ],
    totals: WITH_TOTALS,
  })}
  ARRAY JOIN arrayFilter((each, is) -> is, ['movers', kind],
    [difference != 0 AND kind != 'agent', made > 0 AND kind != 'model' AND called != '\\0']) AS list
  ORDER BY list, if(list = 'movers', abs(difference), cost) DESC, kind, name
  LIMIT ${String(LONGEST)} BY list`

/** The rows of one of its lists. */
function listed(
  list: 'tenant' | 'feature' | 'agent' | 'movers',
  columns: readonly string[],
  most: number,
): Together {
  return { sql: WHOLE, columns, rows: (valueIn) => valueIn('list') === list, most }
}

/** Tenants or features by what they cost. */
export function byCost(kind: 'tenant' | 'feature'): Target {
  const column = KINDS[kind]
  const own = sql`
    SELECT if(${column} = '', 'no ${kind}', ${column}) AS ${kind},
      ${columnList(NUMBERS)}
    FROM (
      ${sums([column])}
    )
    WHERE made > 0
    ORDER BY cost DESC, ${kind}
    LIMIT ${String(LONGEST)}`
  return { ...tableTarget(own), together: listed(kind, [kind, ...Object.keys(NUMBERS)], LONGEST) }
}

/** Agents by what they cost. */
export const agents: Target = {
  ...tableTarget(sql`
    SELECT ${AGENT} AS agent, sum(n_calls) AS requests, sum(n_input_tokens) + sum(n_output_tokens) AS tokens,
      sum(n_cost) AS cost
    FROM ${calls({ measures: ['calls', 'cost', 'input_tokens', 'output_tokens'], dimensions: AGENT_COLUMNS })}
    WHERE agent != ''
    GROUP BY agent, agent_id
    ORDER BY cost DESC, agent
    LIMIT ${String(AGENTS)}`),
  together: listed('agent', ['agent', 'requests', 'tokens', 'cost'], AGENTS),
}

/** What changed most, of all kinds. */
export const movers: Target = {
  ...tableTarget(sql`
    SELECT kind, ${NAME} AS name,
      ${columnList(MOVED)}
    FROM ${byKind(['spent', 'spent_before'])}
    WHERE difference != 0
    ORDER BY abs(difference) DESC, kind, name
    LIMIT ${String(MOVERS)}`),
  together: listed('movers', ['kind', 'name', ...Object.keys(MOVED)], MOVERS),
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
  together: {
    ...{ sql: WHOLE, columns: [] },
    row: (whole) => {
      const spent = totalOf(whole, 'spent_by_tenants') ?? 0
      return {
        tenants: totalOf(whole, 'tenants') || null,
        largest: spent === 0 ? null : Math.max(0, ...valuesOf(whole, 'spent_by_named')) / spent,
      }
    },
  },
}

function valuesOf({ fields }: Frame, column: string): number[] {
  return fields.find(({ name }) => name === column)?.values.map(Number) ?? []
}
