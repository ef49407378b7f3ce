/**
 * Whether everything came that services sent: which spans are missing, came late, or came again.
 *
 * Invariant: about spans that arrived in the range. The last minute of now is left out, because spans that are sent
 * side by side do not arrive in order.
 */
import { cameFrom, EXPECTED, LATENESS, sinceOf, spanNumbers } from '@spanmeter/dashboards'
import { execute, type QueryContext, together } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, timeText } from './raw-range.ts'

/** So much later than its end a span is late, seconds. */
export const LATE_SECONDS = 60
/** So much before its end a span's clock is ahead, seconds. */
const AHEAD_SECONDS = 5
/** What came in since then may have been overtaken, milliseconds. */
const SETTLE_MS = 60_000
const DAY_MS = 86_400_000
/** Lists of gaps end here; the sums do not. */
const MAX_GAPS = 20
/** Gaps are looked for among so many of the newest numbers of a process. */
const MAX_NUMBERS = 1_000_000
/** Parameters travel in the address of a request. */
const PROCESSES_AT_ONCE = 50

/** Numbers that never came: a process of a service lost these spans. */
export interface Gap {
  readonly process: string
  readonly first: number
  readonly last: number
}

/** A service of a tenant. */
export interface ServiceCompleteness {
  /** Empty: none, as for the service. */
  readonly tenant: string
  readonly service: string
  /** Spans that came, with a number or without. */
  readonly spans: number
  readonly numbered: number
  readonly processes: number
  /** Numbers that had to come, and those of them that did. */
  readonly expected: number
  readonly received: number
  /** The newest of the process that misses most. */
  readonly gaps: readonly Gap[]
  /** Spans that came again and were left out. */
  readonly duplicates: number
  /** Spans that came later than asked for after their end. */
  readonly late: number
  /** Seconds from a span's end until it came; null without spans. */
  readonly lateness: {
    readonly p50: number
    readonly p95: number
    readonly p99: number
    readonly max: number
  } | null
  /** Spans that ended more than 5 seconds after they came: the sender's clock is ahead. */
  readonly ahead: number
  /** By how much at the most, seconds. */
  readonly maxAhead: number
}

interface Asked {
  readonly filters: Pick<Filters, 'tenant_id' | 'service' | 'environment'>
  /** The instant of the question, milliseconds. */
  readonly now: number
  readonly lateSeconds?: number
}

/** Every service that something arrived from, those that miss most first. */
export async function completeness(
  context: QueryContext,
  range: Range,
  { filters, now, lateSeconds = LATE_SECONDS }: Asked,
): Promise<ServiceCompleteness[]> {
  const filter = filterCondition(filters)
  const end = Math.max(range.start, Math.min(range.end, now - SETTLE_MS))
  const params = {
    ...filter.params,
    from: timeText(range.start),
    to: timeText(end),
    since: timeText(sinceOf(range.start, end)),
    until: timeText(Math.min(end + DAY_MS, Math.max(now, end))),
    late: lateSeconds,
    ahead: AHEAD_SECONDS,
  }
  const [arrivals, numbers, repeats] = await together<
    [ArrivalRow[], NumberRow[], { tenant: string; service: string; spans: number }[]]
  >(context, (each) => [
    execute(each, 'arrivals', arrivalsSql(filter.sql), params),
    execute(each, 'missing spans', numbersSql(filters), params),
    execute(
      each,
      'repeated spans',
      `SELECT tenant_id AS tenant, service_name AS service, sum(repeated_spans.spans) AS spans FROM repeated_spans
        WHERE ${within('at')}${filter.sql} GROUP BY tenant, service`,
      params,
    ),
  ])
  const services = new Map<string, ServiceCompleteness>()
  const update = ({ tenant, service }: Place, change: Partial<ServiceCompleteness>) => {
    const key = JSON.stringify([tenant, service])
    services.set(key, { ...NOTHING, ...services.get(key), tenant, service, ...change })
  }
  for (const row of arrivals) update(row, arrivalOf(row))
  for (const row of numbers) update(row, numbersOf(row))
  for (const row of await gaps(context, params, numbers)) update(row, gapsOf(row))
  for (const row of repeats) update(row, { duplicates: Number(row.spans) })
  return [...services.values()].sort(
    (a, b) => b.expected - b.received - (a.expected - a.received) || b.spans - a.spans || compare(a, b),
  )
}

interface Place {
  readonly tenant: string
  readonly service: string
}
type ArrivalRow = Place & {
  spans: number
  numbered: number
  late: number
  ahead: number
  levels: number[]
  latest: number
  earliest: number
}
type NumberRow = Place & {
  processes: number
  expected: number
  received: number
  /** The process that misses most, and from where to where its numbers were due. */
  process: string
  first_due: number
  last_due: number
}
interface GapRow {
  /** Which of the rows that were asked about, from 1. */
  readonly place: number
  readonly process: string
  readonly gaps: [first: number, last: number][]
}

const NOTHING: ServiceCompleteness = {
  ...{ tenant: '', service: '', spans: 0, numbered: 0, processes: 0, expected: 0, received: 0 },
  ...{ gaps: [], duplicates: 0, late: 0, lateness: null, ahead: 0, maxAhead: 0 },
}
const TIME = "DateTime64(3, 'UTC')"
const within = (column: string) => `${column} >= {from:${TIME}} AND ${column} < {to:${TIME}}`

function arrivalsSql(filter: string): string {
  return `SELECT tenant_id AS tenant, service_name AS service, count() AS spans,
      countIf(span_number > 0) AS numbered,
      countIf(${LATENESS} > {late:Float64}) AS late, countIf(${LATENESS} < -{ahead:Float64}) AS ahead,
      quantilesTDigest(0.5, 0.95, 0.99)(greatest(${LATENESS}, 0)) AS levels,
      max(${LATENESS}) AS latest, min(${LATENESS}) AS earliest
    FROM spans WHERE ${within('ingested_at')}${filter} GROUP BY tenant, service`
}

const at = (name: string) => `{${name}:${TIME}}`
const momentOf = (name: string) => ({
  ...{ at: at(name), hour: `toStartOfHour(${at(name)})`, day: `toDate(${at(name)})` },
})
const RANGE = {
  ...{ from: momentOf('from'), to: momentOf('to'), since: momentOf('since'), until: momentOf('until') },
}

function numbersSql({ tenant_id, ...sender }: Asked['filters']): string {
  const conditions = {
    tenant: `1${filterCondition({ tenant_id }).sql}`,
    sender: `1${filterCondition(sender).sql}`,
  }
  return `SELECT tenant_id AS tenant, service_name AS service, count() AS processes, sum(${EXPECTED}) AS expected,
      sum(there) AS received, argMax((process_id, low, high), ${EXPECTED} - there) AS worst,
      tupleElement(worst, 1) AS process, tupleElement(worst, 2) AS first_due, tupleElement(worst, 3) AS last_due
    FROM ${spanNumbers(RANGE, conditions)}
    GROUP BY tenant, service`
}

/** What the process of each service that misses most has not sent: only of those that miss something, the spans are read. */
async function gaps(
  context: QueryContext,
  params: Record<string, unknown>,
  numbers: readonly NumberRow[],
): Promise<(Place & GapRow)[]> {
  const missing = numbers.filter(({ expected, received }) => Number(received) < Number(expected))
  const found: (Place & GapRow)[] = []
  for (let first = 0; first < missing.length; first += PROCESSES_AT_ONCE) {
    const some = missing.slice(first, first + PROCESSES_AT_ONCE)
    const rows = await execute<GapRow>(context, 'gaps', gapsSql(), {
      ...params,
      tenants: some.map(({ tenant }) => tenant),
      processes: some.map(({ process }) => process),
      lows: some.map(({ first_due, last_due }) =>
        Math.max(Number(first_due), Number(last_due) - MAX_NUMBERS),
      ),
      highs: some.map(({ last_due }) => last_due),
    })
    for (const row of rows) {
      const of = some[Number(row.place) - 1]
      if (of !== undefined) found.push({ ...row, tenant: of.tenant, service: of.service })
    }
  }
  return found
}

/** The gaps are between neighbours of the sorted numbers. */
function gapsSql(): string {
  const processes = '(arrayZip({tenants:Array(String)}, {processes:Array(String)}))'
  const came = 'arraySort(bitmapToArray(bitmapSubsetInRange(groupBitmapState(span_number), low, high + 1)))'
  return `SELECT process_id AS process, indexOf(${processes}, (toString(tenant_id), toString(process))) AS place,
      {lows:Array(UInt64)}[place] AS low, {highs:Array(UInt64)}[place] AS high,
      arrayConcat([toUInt64(low - 1)], ${came}) AS came, arrayDifference(came) AS steps,
      arraySlice(arrayMap((next, step) -> (next - step + 1, next - 1),
        arrayFilter((next, step) -> step > 1, came, steps), arrayFilter(step -> step > 1, steps)), -${MAX_GAPS}) AS gaps
    FROM spans
    WHERE ${cameFrom(processes, RANGE)}
    GROUP BY tenant_id, process`
}

function arrivalOf(row: ArrivalRow): Partial<ServiceCompleteness> {
  const [p50 = 0, p95 = 0, p99 = 0] = row.levels.map(Number)
  return {
    spans: Number(row.spans),
    numbered: Number(row.numbered),
    late: Number(row.late),
    lateness: { p50, p95, p99, max: Math.max(0, Number(row.latest)) },
    ahead: Number(row.ahead),
    maxAhead: Math.max(0, -Number(row.earliest)),
  }
}

function numbersOf(row: NumberRow): Partial<ServiceCompleteness> {
  return {
    processes: Number(row.processes),
    expected: Number(row.expected),
    received: Number(row.received),
  }
}

function gapsOf({ process, gaps }: GapRow): Partial<ServiceCompleteness> {
  return { gaps: gaps.map(([first, last]) => ({ process, first: Number(first), last: Number(last) })) }
}

function compare(a: Place, b: Place): number {
  return a.tenant < b.tenant || (a.tenant === b.tenant && a.service < b.service) ? -1 : 1
}
