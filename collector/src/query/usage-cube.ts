/**
 * Usage of a range: in total, by interval, by one dimension, or by both, from one scan.
 *
 * Invariant: nothing is left out. Entries beyond the limit are summed into one "other" entry of the same
 * query, so that over all rows of an answer every sum is the total, to the last decimal.
 */
import { formatDecimal, parseDecimal } from './decimal.ts'
import { DIMENSIONS, type Dimension, type DimensionName } from './dimensions.ts'
import { execute, type QueryContext, runQuery } from './execute.ts'
import { type Condition, type Filters, filterCondition, rollupsFor } from './filters.ts'
import { type Candidates, largestNumbers } from './largest-numbers.ts'
import { scanSegment } from './scan.ts'
import { chooseSource, type Segment } from './source.ts'
import { NOTHING, partialSums, type UsageSum, type UsageSums, usageSums } from './usage-sums.ts'

export const ORDERS = ['cost', 'calls', 'tokens'] as const
/** What makes an entry large. */
export type UsageOrder = (typeof ORDERS)[number]

/** What is asked; instants are milliseconds, half-open. */
export interface UsageQuestion {
  readonly start: number
  readonly end: number
  readonly filters: Filters
  /** Starts of the buckets in order, the first one at `start`; one bucket when absent. */
  readonly starts?: readonly number[] | undefined
  readonly by?: DimensionName | undefined
  /** How many entries of `by` stand alone; the rest is one "other" entry. */
  readonly limit?: number | undefined
  readonly order?: UsageOrder | undefined
}

/** Sums of one entry in one bucket; buckets and entries without calls are absent. */
export interface UsageRow extends UsageSums {
  /** Start of the bucket, whole seconds since the Unix epoch. */
  readonly bucket: number
  /** Values of the dimension's key, in its order; empty texts for "other". */
  readonly key: readonly string[]
  /** Name for people, empty when there is none. */
  readonly label: string
  /** Place of the entry in the whole range, from 1; 0 for "other" and without a dimension. */
  readonly place: number
  /** How many entries this row stands for. */
  readonly members: number
}

/** The answer. */
export interface UsageCube {
  readonly rows: readonly UsageRow[]
  /** The tables that answered, for tests and logs. */
  readonly segments: readonly Segment[]
}

/** What makes an entry large, as sums. */
const SUMMED: Readonly<Record<UsageOrder, readonly UsageSum[]>> = {
  cost: ['cost'],
  calls: ['calls'],
  tokens: ['input_tokens', 'output_tokens'],
}
const WEIGHT: Readonly<Record<UsageOrder, string>> = {
  cost: 'n_cost',
  calls: 'n_calls',
  tokens: 'n_input_tokens + n_output_tokens',
}

/** Asks for usage. */
export async function usageCube(context: QueryContext, question: UsageQuestion): Promise<UsageCube> {
  const { start, end, filters, starts = [start], by, limit = 10, order = 'cost' } = question
  const dimension = by === undefined ? undefined : DIMENSIONS[by]
  const segments = chooseSource({
    start,
    end,
    cuts: starts,
    rollups: rollupsFor(filters, dimension?.columns),
  })
  const key = Object.values(dimension?.key ?? {}).map((sql, index) => `${sql} AS d${index}`)
  const read = (restrict?: Candidates['restrict']) => {
    const filter = filterCondition(filters)
    const scans = segments.map((segment, index) => {
      const columns = [...key, `${labelIn(segment, dimension)} AS l`]
      return scanSegment(segment, index, columns, restrict ? both(filter, restrict(segment)) : filter)
    })
    const params = {
      starts: starts.map((instant) => Math.floor(instant / 1000)),
      limit,
    }
    return {
      sql: scans.map((part) => part.sql).join(' UNION ALL '),
      params: Object.assign(params, ...scans.map((part) => part.params)),
    }
  }
  const names = key.map((_, index) => `d${index}`)
  const label = dimension?.label === undefined ? "''" : "argMaxIf(l, time, l != '')"
  if (names.length > 0 && starts.length === 1) {
    const bucket = Math.floor(start / 1000)
    const ask = (restrict?: Candidates['restrict']) => largest(context, read(restrict), names, label, order)
    const id = dimension?.numbered
    const found =
      id && (await largestNumbers(context, { start, end, filters, id, weight: SUMMED[order], limit }))
    const some = found && (await ask(found.restrict))
    const isAll = found !== undefined && found.members <= limit
    // the total comes last: what came in meanwhile is among the others
    const total = found && !isAll ? (await usageCube(context, { start, end, filters })).rows[0] : undefined
    const entries =
      found && some && (isAll || (total && isWithin(some.rows, total)))
        ? withOther(some.rows, total, found.members)
        : await ask().then((all) => withOther(all.rows, all.total, all.members))
    return { rows: entries.map((row) => ({ ...row, bucket })), segments }
  }
  const { sql: scanned, params } = read()
  const grouped = `SELECT ${['roundDown(time, {starts:Array(UInt32)}) AS bucket', ...names].join(', ')},
      ${label} AS l, ${partialSums()}
    FROM (${scanned})
    GROUP BY ${['bucket', ...names].join(', ')}`
  const sql = names.length === 0 ? plain(grouped) : ranked(grouped, names, order)
  return { rows: await execute<UsageRow>(context, 'usage', sql, params), segments }
}

function labelIn({ source }: Segment, dimension: Dimension | undefined): string {
  const detail = source === 'detail' ? dimension?.detailLabel : undefined
  return detail ?? dimension?.label ?? "''"
}

interface Totalled {
  readonly data: readonly (UsageSums & { readonly key: readonly string[]; readonly label: string })[]
  readonly totals?: UsageSums
  readonly rows_before_limit_at_least?: number
}

type Entry = Omit<UsageRow, 'bucket'>

/** The largest entries, the total of what was read, and how many entries it has. */
async function largest(
  context: QueryContext,
  { sql: scanned, params }: Condition,
  names: readonly string[],
  label: string,
  order: UsageOrder,
): Promise<{ rows: Entry[]; total: UsageSums | undefined; members: number }> {
  const weight = SUMMED[order].map((sum) => `sum(n_${sum})`).join(' + ')
  const { data, totals, rows_before_limit_at_least } = await runQuery<Totalled>(
    context,
    'usage',
    `SELECT [${names.map((name) => `toString(${name})`).join(', ')}] AS key, ${label} AS label, ${usageSums()}
     FROM (${scanned})
     GROUP BY ${names.join(', ')} WITH TOTALS
     ORDER BY ${weight} DESC, ${names.join(', ')}
     LIMIT {limit:UInt32}`,
    'JSON',
    params,
  )
  const rows = data.map((row, index) => ({ ...row, place: index + 1, members: 1 }))
  return { rows, total: totals, members: Number(rows_before_limit_at_least ?? rows.length) }
}

/** "Other" is the total minus the entries that stand alone, so that the store need not rank what nobody will see. */
function withOther(rows: readonly Entry[], total: UsageSums | undefined, members: number): readonly Entry[] {
  const others = members - rows.length
  if (others <= 0 || total === undefined) return rows
  const key = rows[0]?.key.map(() => '') ?? []
  return [...rows, { ...remainder(total, rows), key, label: '', place: 0, members: others }]
}

/** Whether a total that was read elsewhere is that of the same calls. */
function isWithin(rows: readonly Entry[], total: UsageSums): boolean {
  const rest = remainder(total, rows)
  return Number(rest.calls) >= 0 && parseDecimal(rest.cost) >= 0n
}

function both(one: Condition, other: Condition): Condition {
  return { sql: `${one.sql}${other.sql}`, params: { ...one.params, ...other.params } }
}

function remainder(total: UsageSums, rows: readonly UsageSums[]): UsageSums {
  const left = Object.keys(NOTHING).map((name) => {
    const sum = name as keyof UsageSums
    if (sum !== 'cost') return [sum, rows.reduce((rest, row) => rest - Number(row[sum]), Number(total[sum]))]
    return [
      sum,
      formatDecimal(rows.reduce((rest, row) => rest - parseDecimal(row.cost), parseDecimal(total.cost))),
    ]
  })
  return Object.fromEntries(left) as UsageSums
}

function plain(grouped: string): string {
  return `SELECT bucket, [] AS key, '' AS label, 0 AS place, 1 AS members, ${usageSums()}
    FROM (${grouped}) GROUP BY bucket ORDER BY bucket`
}

/** Ranks the entries by their weight in the whole range, and puts those beyond the limit together. */
function ranked(grouped: string, names: readonly string[], order: UsageOrder): string {
  const kept = names.map((name) => `if(place = 0, '', toString(${name}))`)
  return `SELECT bucket, [${kept.join(', ')}] AS key, if(place = 0, '', argMax(l, (l != '', bucket))) AS label,
      place, uniqExact(rank) AS members, ${usageSums()}
    FROM (
      SELECT *, if(rank <= {limit:UInt32}, rank, 0) AS place
      FROM (
        SELECT *, dense_rank() OVER (ORDER BY weight DESC, ${names.join(', ')}) AS rank
        FROM (SELECT *, sum(${WEIGHT[order]}) OVER (PARTITION BY ${names.join(', ')}) AS weight FROM (${grouped}))
      )
    )
    GROUP BY bucket, place, key
    ORDER BY bucket, place = 0, place`
}
