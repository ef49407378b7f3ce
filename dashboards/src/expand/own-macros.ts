/**
 * Macros of our own. Grafana is given SQL in their place, in which ClickHouse works out what the range, the interval and
 * the zone decide; the page works that out itself, because ClickHouse takes longer to analyse such a query than to read
 * the rollups for it.
 *
 * Invariant: both give the same answer. What the page cannot decide (ranges that end now) it leaves to ClickHouse.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { add, startOf } from '../time-range.ts'
import { type ExpandContext, ExpandError } from './context.ts'
import { evaluate } from './evaluate.ts'
import { readArguments, skip } from './scan.ts'
import { quote } from './variables.ts'

interface OwnMacro {
  /** How many arguments it takes at least, and at most. */
  readonly count: readonly [number, number]
  readonly grafana: (...args: string[]) => string
  readonly page: (context: ExpandContext, ...args: string[]) => string
}

/** A condition that is always true; see {@link tidy}. */
export const ALWAYS = '1=1'
/** A condition that is never true: the part of a UNION ALL that it restricts has no rows; see {@link tidy}. */
export const NEVER = '__never__'

const HOUR = 3_600
const DAY = 86_400
const WEEK = 604_800
const MONTH = 2_592_000
/** Until 2100: a `DateTime` ends in 2106. */
const LAST_MS = 4_102_444_800_000

const intervalOf = ({ intervalMs }: ExpandContext) => Math.max(Math.trunc(intervalMs / 1_000), 1)
const zoneOf = ({ timezone }: ExpandContext) => (timezone === 'utc' ? 'UTC' : timezone)
/** Seconds since the Unix epoch at which the viewer's day began. */
const midnight = (second: number, context: ExpandContext) =>
  startOf(second * 1_000, 'd', zoneOf(context)) / 1_000

/** Whether every bucket of the range begins at a whole hour. */
function isHourly(context: ExpandContext): boolean {
  const [from, to] = [context.from, context.to].map((ms) => Math.floor(ms / 1_000)) as [number, number]
  return intervalOf(context) >= HOUR && [from, to].every((second) => midnight(second, context) % HOUR === 0)
}

/** Whether every bucket is made of whole UTC days, in every week of the range. */
function isDaily(context: ExpandContext): boolean {
  if (intervalOf(context) < DAY) return false
  const [from, to] = [context.from, context.to].map((ms) => Math.floor(ms / 1_000)) as [number, number]
  for (let second = from; second < to; second += WEEK) if (midnight(second, context) % DAY !== 0) return false
  return midnight(to, context) % DAY === 0
}

const second = (seconds: string) => `toDateTime(${seconds}, 'UTC')`
const day = (seconds: string) => `toDate(${second(seconds)})`
const instant = (ms: string) => {
  // what Grafana's own macros say is known to who reads its panels
  if (ms === '${__from}') return '$__fromTime_ms'
  if (ms === '${__to}') return '$__toTime_ms'
  return `fromUnixTimestamp64Milli(toInt64(${ms}))`
}

/** A constant as a literal, which is compared at once: a function of numbers is looked up, typed and folded first. */
function literal(text: string, unitMs: number, length: number): string | undefined {
  const value = evaluate(text)
  if (value === undefined || value * unitMs > LAST_MS) return undefined
  return `'${new Date(value * unitMs).toISOString().replace('T', ' ').slice(0, length)}'`
}
const secondOf = (seconds: string) => literal(seconds, 1_000, 19) ?? second(seconds)
const dayOf = (seconds: string) => literal(seconds, 1_000, 10) ?? day(seconds)
const instantOf = (ms: string) => literal(ms, 1, 23) ?? `fromUnixTimestamp64Milli(toInt64(${ms}))`

/** That a column lies in one of some half-open ranges, given as pairs of seconds. */
function within(column: string, of: (seconds: string) => string, bounds: readonly string[]): string {
  const ranges: string[] = []
  for (let at = 0; at + 1 < bounds.length; at += 2)
    ranges.push(`${column} >= ${of(bounds[at] ?? '')} AND ${column} < ${of(bounds[at + 1] ?? '')}`)
  return ranges.length > 1 ? `(${ranges.join(' OR ')})` : (ranges[0] ?? '')
}

/** The same without ranges that are empty. */
function withinSome(column: string, of: (seconds: string) => string, bounds: readonly string[]): string {
  const left: string[] = []
  for (let at = 0; at + 1 < bounds.length; at += 2) {
    const [from = '', to = ''] = [bounds[at], bounds[at + 1]]
    if (!(Number(from) >= Number(to))) left.push(from, to)
  }
  return left.length === 0 ? NEVER : within(column, of, left)
}

const outside = (column: string, of: (seconds: string) => string, from: string, to: string) =>
  `${column} < ${of(from)} OR ${column} >= ${of(to)}`
/** The hour that milliseconds lie in, as a literal; undefined where they are not known. */
const hourOf = (ms: string) => literal(`intDiv(${ms}, ${HOUR * 1_000}) * ${HOUR}`, 1_000, 19)

/** Rows are ordered by hours: said once more, only the hours of the range are read. */
const inHours = (column: string, from: string, to: string) =>
  column === 'start_time'
    ? ` AND toStartOfHour(start_time) > ${from} - INTERVAL 1 HOUR AND toStartOfHour(start_time) <= ${to}`
    : ''

function during(column: string, from: string, to: string): string {
  return `${column} >= ${from} AND ${column} < ${to} + toIntervalMillisecond(1)${inHours(column, from, to)}`
}

function pageDuring(column: string, from: string, to: string): string {
  const [begin, end, first, last] = [
    literal(from, 1, 23),
    literal(`${to} + 1`, 1, 23),
    hourOf(from),
    hourOf(to),
  ]
  if (begin === undefined || end === undefined || first === undefined || last === undefined)
    return during(column, instant(from), instant(to))
  const hours = `toStartOfHour(start_time) >= ${first} AND toStartOfHour(start_time) <= ${last}`
  return `${column} >= ${begin} AND ${column} < ${end}${column === 'start_time' ? ` AND ${hours}` : ''}`
}

/** What is known of conditions that are joined by AND. */
function known(condition: string, context: ExpandContext): boolean | undefined {
  const parts = condition.split(/\s+AND\s+/).map((part) => {
    switch (part) {
      case ALWAYS:
        return true
      case '0':
        return false
      case 'hourly':
        return isHourly(context)
      case 'daily':
        return isDaily(context)
      default:
        return undefined
    }
  })
  return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true
}

function bucketOf(column: string, context: ExpandContext): string {
  const seconds = intervalOf(context)
  const zone = quote(zoneOf(context))
  const begins = `toStartOfDay(${column}, ${zone})`
  if (seconds >= MONTH) return `toDateTime(toStartOfMonth(${column}, ${zone}), ${zone})`
  if (seconds >= WEEK) return `toDateTime(toMonday(${column}, ${zone}), ${zone})`
  if (seconds >= DAY) return begins
  if (zone === "'UTC'" && DAY % seconds === 0)
    return `toDateTime(intDiv(toUnixTimestamp(${column}), ${seconds}) * ${seconds}, 'UTC')`
  const last = seconds > HOUR ? Math.trunc(DAY / seconds) - 1 : DAY
  return `${begins} + least(intDiv(toUnixTimestamp(${column}) - toUnixTimestamp(${begins}), ${seconds}), ${last}) * ${seconds}`
}

const OWN: Readonly<Record<string, OwnMacro>> = {
  // a sum of whole numbers
  number: {
    count: [1, 1],
    grafana: (sum = '') => sum,
    page: (_, sum = '') => String(evaluate(sum) ?? sum),
  },
  zone: {
    count: [0, 0],
    grafana: () => "if('${__timezone}' = 'utc', 'UTC', '${__timezone}')",
    page: (context) => quote(zoneOf(context)),
  },
  // seconds since the Unix epoch: now, and where the viewer's days and months begin
  now: {
    count: [0, 0],
    grafana: () => 'toUnixTimestamp(now())',
    page: ({ now }) => String(Math.floor(now / 1_000)),
  },
  today: {
    count: [0, 0],
    grafana: () => 'toUnixTimestamp(toStartOfDay(now(), zone))',
    page: (context) => String(startOf(context.now, 'd', zoneOf(context)) / 1_000),
  },
  yesterday: {
    count: [0, 0],
    grafana: () => 'toUnixTimestamp(toStartOfDay(toStartOfDay(now(), zone) - 1, zone))',
    page: (context) =>
      String(startOf(startOf(context.now, 'd', zoneOf(context)) - 1_000, 'd', zoneOf(context)) / 1_000),
  },
  month: {
    count: [0, 0],
    grafana: () => 'toUnixTimestamp(toDateTime(toStartOfMonth(now(), zone), zone))',
    page: (context) => String(startOf(context.now, 'M', zoneOf(context)) / 1_000),
  },
  nextMonth: {
    count: [0, 0],
    grafana: () => 'toUnixTimestamp(toDateTime(addMonths(toStartOfMonth(now(), zone), 1), zone))',
    page: (context) =>
      String(add(startOf(context.now, 'M', zoneOf(context)), 1, 'M', zoneOf(context)) / 1_000),
  },
  hourly: {
    count: [0, 0],
    grafana: () => `$__interval_s >= ${HOUR}
  AND toUnixTimestamp(toStartOfDay($__fromTime, zone)) % ${HOUR} = 0
  AND toUnixTimestamp(toStartOfDay($__toTime, zone)) % ${HOUR} = 0`,
    page: (context) => String(isHourly(context)),
  },
  daily: {
    count: [0, 0],
    grafana: () => `$__interval_s >= ${DAY}
  AND arrayAll(
    second -> toUnixTimestamp(toStartOfDay(toDateTime(second), zone)) % ${DAY} = 0,
    arrayPushBack(range(toUnixTimestamp($__fromTime), toUnixTimestamp($__toTime), ${WEEK}), toUnixTimestamp($__toTime))
  )`,
    page: (context) => String(isDaily(context)),
  },
  // the start of the bucket that a DateTime is in, in the viewer's zone
  bucket: {
    count: [1, 1],
    grafana: (column = '') => `multiIf(
  $__interval_s >= ${MONTH}, toDateTime(toStartOfMonth(${column}, zone), zone),
  $__interval_s >= ${WEEK}, toDateTime(toMonday(${column}, zone), zone),
  $__interval_s >= ${DAY}, toStartOfDay(${column}, zone),
  toStartOfDay(${column}, zone) + least(
    intDiv(toUnixTimestamp(${column}) - toUnixTimestamp(toStartOfDay(${column}, zone)), $__interval_s),
    if($__interval_s > ${HOUR}, intDiv(${DAY}, $__interval_s) - 1, ${DAY})) * $__interval_s
)`,
    page: (context, column = '') => bucketOf(column, context),
  },
  // that the column `day`, or `hour`, lies between pairs of seconds
  days: {
    count: [2, 4],
    grafana: (...bounds) => within('day', day, bounds),
    page: (_, ...bounds) => withinSome('day', dayOf, bounds),
  },
  hours: {
    count: [2, 4],
    grafana: (...bounds) => within('hour', second, bounds),
    page: (_, ...bounds) => withinSome('hour', secondOf, bounds),
  },
  // that a column (DateTime) lies between two seconds
  seconds: {
    count: [3, 3],
    grafana: (column = '', from = '', to = '') => within(column, second, [from, to]),
    page: (_, column = '', from = '', to = '') => withinSome(column, secondOf, [from, to]),
  },
  // that a column (DateTime64) lies between two milliseconds, both inclusive
  during: {
    count: [3, 3],
    grafana: (column = '', from = '', to = '') => during(column, instant(from), instant(to)),
    page: (_, column = '', from = '', to = '') => pageDuring(column, from, to),
  },
  // a moment, to compare a column (DateTime64) with
  instant: {
    count: [1, 1],
    grafana: (ms = '') => instant(ms),
    page: (_, ms = '') => instantOf(ms),
  },
  // that a column (Date, DateTime or DateTime64) lies before a day, a second or a millisecond
  beforeDay: {
    count: [2, 2],
    grafana: (column = '', seconds = '') => `${column} < ${day(seconds)}`,
    page: (_, column = '', seconds = '') => `${column} < ${dayOf(seconds)}`,
  },
  beforeSecond: {
    count: [2, 2],
    grafana: (column = '', seconds = '') => `${column} < ${second(seconds)}`,
    page: (_, column = '', seconds = '') => `${column} < ${secondOf(seconds)}`,
  },
  beforeInstant: {
    count: [2, 2],
    grafana: (column = '', ms = '') => `${column} < ${instant(ms)}`,
    page: (_, column = '', ms = '') => `${column} < ${instantOf(ms)}`,
  },
  // that a column lies outside of two seconds, where a condition holds
  outside: {
    count: [3, 4],
    grafana: (column = '', from = '', to = '', condition) =>
      `(${outside(column, second, from, to)}${condition === undefined ? '' : ` OR NOT (${condition})`})`,
    page: (context, column = '', from = '', to = '', condition = ALWAYS) => {
      const holds = known(condition, context)
      if (holds === false || Number(from) >= Number(to)) return ALWAYS
      return `(${outside(column, secondOf, from, to)}${holds === true ? '' : ` OR NOT (${condition})`})`
    },
  },
  // that a condition holds
  where: {
    count: [1, 1],
    grafana: (condition = '') => condition,
    page: (context, condition = '') => {
      const holds = known(condition, context)
      return holds === undefined ? condition : holds ? ALWAYS : NEVER
    },
  },
}

/** Puts SQL in the place of our macros, as Grafana takes it. */
export function forGrafana(sql: string): string {
  return replaceOwn(sql, (macro, args) => macro.grafana(...args))
}

/** Puts in their place what they come to. */
export function expandOwn(sql: string, context: ExpandContext): string {
  return replaceOwn(sql, (macro, args) => macro.page(context, ...args))
}

/** Inner ones first; what is no macro of ours stays. A macro of several lines is indented like the line that it stands on. */
function replaceOwn(sql: string, replace: (macro: OwnMacro, args: string[]) => string): string {
  let out = ''
  for (let at = 0; at < sql.length; ) {
    const literal = skip(sql, at)
    const name = sql.startsWith('$__', at) ? (/^\w+/.exec(sql.slice(at + 3))?.[0] ?? '') : ''
    const macro = Object.hasOwn(OWN, name) ? OWN[name] : undefined
    if (literal > at || macro === undefined) {
      const end = literal > at ? literal : at + 1
      out += sql.slice(at, end)
      at = end
      continue
    }
    const open = at + 3 + name.length
    const { args, end } = sql[open] === '(' ? readArguments(sql, open) : { args: [], end: open }
    const [least, most] = macro.count
    if (args.length < least || args.length > most)
      throw new ExpandError(
        `cannot expand $__${name}: it takes ${least} to ${most} arguments, not ${args.length}`,
      )
    const text = replace(
      macro,
      args.map((arg) => replaceOwn(arg, replace)),
    )
    const indent = /^ */.exec(out.slice(out.lastIndexOf('\n') + 1))?.[0] ?? ''
    out += text.replaceAll('\n', `\n${indent}`)
    at = end
  }
  return out
}
