/**
 * Fills what a release added to the rollups for days whose spans are gone, from larger rollups of those days.
 *
 * Invariant: nothing is removed, and a day is carried over in one insert, whole or not at all, so it may be cut off and run
 * again. What no rollup knows of such days stays unknown: named meters in the cost rollups, and who rated a call.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { withRepairLock } from './repair-lock.ts'

/** One rollup and where its old days come from. */
interface Carried {
  readonly table: string
  readonly from: string
  /** Days of `from` that `table` lacks. */
  readonly days: string
  /** Target columns and what they are made of, but for what the key is made of. */
  readonly key: readonly string[]
  readonly sums: Readonly<Record<string, string>>
}

const same = (names: readonly string[], of = (name: string) => `sum(${name})`): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, of(name)]))

const MONEY = [
  ...['calls', 'errors', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'],
  ...['reasoning_tokens', 'duration_ns', 'cost', 'unpriced_calls', 'failed_calls', 'estimated_calls'],
  'missing_calls',
]
/** What the cost rollups were widened by, over `rollup_detail_hour`. */
const WIDENED = {
  ...same(['missing_answers', 'estimated_answers', 'provider_billed_calls']),
  ...Object.fromEntries(
    ['user', 'conversation'].flatMap((name) => [
      [`${name}less_calls`, `sumIf(calls, ${name}_id = '')`],
      [`${name}less_failed_calls`, `sumIf(failed_calls, ${name}_id = '')`],
      [`${name}less_cost`, `sumIf(cost, ${name}_id = '')`],
    ]),
  ),
}
const COST_KEY = [
  ...['tenant_id', 'provider', 'model', 'operation', 'service_name', 'environment', 'feature'],
  ...['agent_id', 'agent_name'],
]

const absent = (table: string, from: string) =>
  `SELECT DISTINCT toDate(hour) AS day FROM ${from} WHERE toDate(hour) NOT IN (SELECT day FROM ${table})`

/** Days of which the widened sums are all zero, and need not be. */
function widened(table: string, time: string): Carried {
  const all = (sums: readonly string[]) => sums.map((sum) => `toFloat64(${sum})`).join(' + ')
  return {
    table,
    from: 'rollup_detail_hour',
    days: `SELECT day FROM (
        SELECT toDate(${time}) AS day, ${all(Object.keys(WIDENED).map((name) => `sum(${name})`))} AS there, 0 AS known
        FROM ${table} GROUP BY day
        UNION ALL
        SELECT toDate(hour) AS day, 0 AS there, ${all(Object.values(WIDENED))} AS known FROM rollup_detail_hour GROUP BY day
      ) GROUP BY day HAVING sum(there) = 0 AND sum(known) > 0`,
    key: [...COST_KEY, time === 'day' ? 'toDate(hour) AS day' : 'hour'],
    sums: WIDENED,
  }
}

const CARRIED: readonly Carried[] = [
  {
    table: 'rollup_user_day',
    from: 'rollup_detail_hour',
    days: absent('rollup_user_day', 'rollup_detail_hour'),
    key: ['tenant_id', 'toDate(hour) AS day', 'user_id', 'environment'],
    sums: same(MONEY),
  },
  {
    table: 'rollup_conversation_day',
    from: 'rollup_detail_hour',
    days: absent('rollup_conversation_day', 'rollup_detail_hour'),
    key: [
      ...['tenant_id', 'toDate(hour) AS day', 'environment'],
      "if(conversation_id = '', 0, cityHash64(tenant_id, conversation_id)) AS conversation",
    ],
    sums: {
      first_hour: 'min(hour)',
      last_hour: 'max(hour)',
      ...same(['calls', 'input_tokens', 'output_tokens', 'cost']),
    },
  },
  {
    table: 'rollup_latency_day',
    from: 'rollup_latency_hour',
    days: absent('rollup_latency_day', 'rollup_latency_hour'),
    key: ['tenant_id', 'toDate(hour) AS day', 'provider', 'model'],
    sums: {
      ...same(['calls', 'errors', 'client_errors', 'rate_limited', 'server_errors']),
      ...same(['output_tokens', 'duration_ns', 'cost', 'arrivals']),
      ...same(['latency', 'ttfc'], (name) => `quantilesTDigestMergeState(0.5, 0.95, 0.99)(${name})`),
      arrival: 'quantilesTDigestMergeState(0.5, 0.95)(arrival)',
      last_call: 'max(last_call)',
      least_headroom: 'min(least_headroom)',
    },
  },
  widened('rollup_cost_hour', 'hour'),
  widened('rollup_cost_day', 'day'),
]

/** Returns how many days of rollups were carried over; to be asked once everything that spans tell is filled. */
export async function carryOver(client: ClickHouseClient): Promise<number> {
  let carried = 0
  for (const one of CARRIED) {
    carried += await withRepairLock(client, async () => {
      const days = await daysOf(client, one)
      for (const day of days) await carry(client, one, day)
      return days.length
    })
  }
  return carried
}

/** The last two days are left out: others may insert into them. */
async function daysOf(client: ClickHouseClient, { days }: Carried): Promise<string[]> {
  const result = await client.query({
    query: `SELECT toString(day) AS text FROM (${days}) WHERE day < toDate(now('UTC')) - 1 ORDER BY day`,
    format: 'JSONEachRow',
  })
  return (await result.json<{ text: string }>()).map(({ text }) => text)
}

async function carry(
  client: ClickHouseClient,
  { table, from, key, sums }: Carried,
  day: string,
): Promise<void> {
  const names = [...key.map((column) => column.split(' AS ').at(-1)), ...Object.keys(sums)]
  const values = Object.entries(sums).map(([name, sum]) => `${sum} AS s_${name}`)
  await client.command({
    query: `INSERT INTO ${table} (${names.join(', ')})
      SELECT ${[...key, ...values].join(', ')} FROM ${from}
      WHERE toDate(hour) = {day:Date} GROUP BY ${names.slice(0, key.length).join(', ')}`,
    query_params: { day },
    // equal to what was carried before it must still be stored
    clickhouse_settings: { insert_deduplicate: 0, async_insert: 0 },
  })
}
