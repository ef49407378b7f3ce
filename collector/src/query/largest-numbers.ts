/**
 * Which conversations (or runs) of a period are the largest, by 64-bit numbers that stand for them: many texts are slow to
 * tell apart, few are not.
 *
 * Invariant: the largest are all among the candidates. Where equal ones would be cut apart there are none, and the whole
 * has to be asked for.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Condition, type Filters, filterCondition, filteredColumns } from './filters.ts'
import { scanSegment } from './scan.ts'
import { chooseSource, isKnown, type Segment } from './source.ts'
import type { UsageSum } from './usage-sums.ts'

/** What numbers stand for. */
export type Numbered = 'conversation_id' | 'run_id'

interface Question {
  readonly start: number
  readonly end: number
  readonly filters: Filters
  readonly id: Numbered
  /** What is summed to say how large one is. */
  readonly weight: readonly UsageSum[]
  readonly limit: number
  /** Without the calls that have no id, which are one of each tenant otherwise. */
  readonly named?: boolean
}

/** The largest, and where they are. */
export interface Candidates {
  /** How many there are in all. */
  readonly members: number
  /** Restricts a part of the period to them. */
  restrict(segment: Segment): Condition
}

const HOUR = 3600
/** More hours than these are not listed. */
const MAX_HOURS = 2_000

/** The number of a row of the spans or of `rollup_detail_hour`. */
function numberOf(id: Numbered): string {
  return `if(${id} = '', cityHash64(tenant_id), cityHash64(tenant_id, ${id}))`
}

/** Looks for the largest; undefined where they cannot be told from others of the same size. */
export async function largestNumbers(
  context: QueryContext,
  { start, end, filters, id, weight, limit, named = false }: Question,
): Promise<Candidates | undefined> {
  const byDay = id === 'conversation_id' && isKnown('conversation', filteredColumns(filters))
  const filter = filterCondition(filters)
  const scans = chooseSource({ start, end, cuts: [], rollups: byDay ? 'conversation' : 'detail' }).map(
    (segment, index) =>
      scanSegment(segment, index, columnsOf(segment, id), withName(segment, filter, id, named), weight),
  )
  const size = weight.map((sum) => `sum(n_${sum})`).join(' + ')
  const rows = await execute<{ entry: string; since: number; until: number; size: string; members: number }>(
    context,
    'largest',
    `SELECT toString(number) AS entry, toUnixTimestamp(min(since)) AS since, toUnixTimestamp(max(until)) AS until,
       toString(${size}) AS size, count() OVER () AS members
     FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})
     GROUP BY number
     ORDER BY ${size} DESC, number
     LIMIT {candidates:UInt32}`,
    Object.assign({ candidates: 2 * limit + 20 }, ...scans.map((part) => part.params)),
  )
  const members = Number(rows[0]?.members ?? 0)
  if (members > rows.length && rows[limit - 1]?.size === rows.at(-1)?.size) return undefined
  const numbers = rows.map(({ entry }) => BigInt(entry))
  const hours = hoursOf(rows)
  return {
    members,
    restrict({ source }) {
      const listed = source === 'detail' && hours !== undefined
      return {
        sql: ` AND ${numberOf(id)} IN {numbers:Array(UInt64)}${listed ? ' AND hour IN {hours:Array(UInt32)}' : ''}`,
        params: { numbers, ...(listed ? { hours } : {}) },
      }
    },
  }
}

function columnsOf({ source }: Segment, id: Numbered): string[] {
  if (source === 'conversation')
    return [
      'if(conversation = 0, cityHash64(tenant_id), conversation) AS number',
      'first_hour AS since',
      'last_hour AS until',
    ]
  const hour = source === 'detail' ? 'hour' : 'toStartOfHour(start_time)'
  return [`${numberOf(id)} AS number`, `${hour} AS since`, `${hour} AS until`]
}

function withName({ source }: Segment, filter: Condition, id: Numbered, named: boolean): Condition {
  if (!named) return filter
  return {
    ...filter,
    sql: `${filter.sql} AND ${source === 'conversation' ? 'conversation != 0' : `${id} != ''`}`,
  }
}

/** The hours that candidates are in, seconds since the Unix epoch; undefined where those are too many. */
function hoursOf(rows: readonly { since: number; until: number }[]): number[] | undefined {
  const hours = new Set<number>()
  for (const { since, until } of rows) {
    for (let hour = Number(since); hour <= Number(until); hour += HOUR) {
      hours.add(hour)
      if (hours.size > MAX_HOURS) return undefined
    }
  }
  return [...hours]
}
