/**
 * What several panels say of all calls of the range: how far they can be trusted, whom they name, who rated them.
 *
 * Invariant: each panel has a query of its own; the page asks one for all of them: its rows are those of the lists, and each
 * has the numbers about everything too.
 */
import type { Target } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { columnList } from '../sql/columns.ts'
import { numbersOfCalls } from '../sql/numbers.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

const ANSWERED = 'sum(n_calls) - sum(n_failed_calls)'
const WITHOUT_TENANT = "sumIf(n_cost, tenant_id = '')"
const NUMBERS = {
  priced: `if(${ANSWERED} = 0, NULL, 1 - sum(n_unpriced_calls) / (${ANSWERED}))`,
  unpriced: 'sum(n_unpriced_calls)',
  reported: `if(${ANSWERED} = 0, NULL,
      1 - greatest(toInt64(sum(n_estimated_calls) + sum(n_missing_calls)) - sum(n_failed_calls), 0) / (${ANSWERED}))`,
  estimated: 'sum(n_estimated_calls)',
  attributed: `if(sum(n_cost) = 0, NULL, 1 - toFloat64(${WITHOUT_TENANT}) / toFloat64(sum(n_cost)))`,
  nobody: WITHOUT_TENANT,
}

/** What the rollups have a column for. */
const DIMENSIONS = [
  ['Tenant', 'tenant_id'],
  ['Feature', 'feature'],
  ['Agent', 'agent_id'],
  ['Service', 'service_name'],
  ['Environment', 'environment'],
] as const
/** What they have sums of. */
const SUMMED = [
  ['User', 'userless'],
  ['Conversation', 'conversationless'],
] as const
/** What a call can name: its name, how many calls do not name it, what those cost. */
const UNNAMED = [
  ...DIMENSIONS.map(
    ([title, column]) => [title, `sumIf(n_calls, ${column} = '')`, `sumIf(n_cost, ${column} = '')`] as const,
  ),
  ...SUMMED.map(([title, name]) => [title, `sum(n_${name}_calls)`, `sum(n_${name}_cost)`] as const),
]
const UNNAMED_MEASURES = [
  ...(['calls', 'cost', 'userless_calls', 'userless_cost'] as const),
  ...(['conversationless_calls', 'conversationless_cost'] as const),
]
const RATED = [
  ['Billed by the provider', 'provider_billed_calls'],
  ['Rated in the service', 'service_rated_calls'],
  ['Rated by the collector', 'collector_rated_calls'],
] as const
const RATED_MEASURES = RATED.map(([, name]) => name)
const COLUMNS = DIMENSIONS.map(([, column]) => column)

const NOTHING = 'toDecimal128(0, 12)'
const ENTRIES = [
  ...UNNAMED.map(([title, count, cost]) => `('unnamed', '${title}', ${count}, ${cost})`),
  ...RATED.map(([title, name]) => `('rated', '${title}', sum(n_${name}), ${NOTHING})`),
]
const WHOLE = sql`
  SELECT entry.1 AS list, entry.2 AS attribute, entry.2 AS source, entry.3 AS requests, entry.3 / total AS share,
    entry.4 AS cost, ${Object.keys(NUMBERS).join(', ')}
  FROM (
    SELECT sum(n_calls) AS total,
      ${columnList(NUMBERS)},
      [${ENTRIES.join(',\n')}] AS entries
    FROM ${calls({
      measures: [
        ...UNNAMED_MEASURES,
        ...(['unpriced_calls', 'failed_calls', 'estimated_calls', 'missing_calls'] as const),
        ...RATED_MEASURES,
      ],
      dimensions: COLUMNS,
    })}
  )
  ARRAY JOIN entries AS entry
  ORDER BY list, requests DESC, attribute`

const own = numbersOfCalls(NUMBERS, ['tenant_id'])

/** Some of the numbers about everything. */
export function total(...names: string[]): Target {
  return { ...own(...names), together: { sql: WHOLE, columns: names, most: 1 } }
}

/** How many calls do not name what they can name. */
export const unnamed: Target = {
  ...tableTarget(sql`
    SELECT entry.1 AS attribute, entry.2 AS requests, entry.2 / total AS share, entry.3 AS cost
    FROM (
      SELECT sum(n_calls) AS total,
        [${UNNAMED.map(([title, count, cost]) => `('${title}', ${count}, ${cost})`).join(',\n')}] AS entries
      FROM ${calls({ measures: UNNAMED_MEASURES, dimensions: COLUMNS })}
      HAVING total > 0
    )
    ARRAY JOIN entries AS entry
    ORDER BY requests DESC, attribute`),
  together: {
    sql: WHOLE,
    columns: ['attribute', 'requests', 'share', 'cost'],
    rows: (valueIn) => valueIn('list') === 'unnamed' && Number.isFinite(valueIn('share')),
  },
}

/** Who rated the calls that have a cost. */
export const rated: Target = {
  ...tableTarget(sql`
    SELECT pair.1 AS source, pair.2 AS requests
    FROM (
      SELECT arrayJoin([
        ${RATED.map(([title, name]) => `('${title}', sum(n_${name}))`).join(',\n')}]) AS pair
      FROM ${calls({ measures: RATED_MEASURES })}
    )
    WHERE requests > 0
    ORDER BY requests DESC, source`),
  together: {
    sql: WHOLE,
    columns: ['source', 'requests'],
    rows: (valueIn) => valueIn('list') === 'rated' && Number(valueIn('requests')) > 0,
  },
}
