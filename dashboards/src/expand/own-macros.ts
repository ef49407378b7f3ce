/**
 * Macros of our own. Grafana is given SQL in their place, in which ClickHouse works out what the range, the interval and
 * the zone decide; the page works that out itself, because ClickHouse takes longer to analyse such a query than to read
 * the rollups for it.
 *
 * Invariant: both give the same answer. What the page cannot decide (ranges that end now) it leaves to ClickHouse.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { add, startOf } from '../time-range.ts'
import {
  ALWAYS,
  during,
  duringLiterals,
  GRAFANA,
  NEVER,
  outside,
  PAGE,
  within,
  withinSome,
} from './bounds.ts'
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

const HOUR = 3_600
const DAY = 86_400
const WEEK = 604_800
const MONTH = 2_592_000

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

function value(kind: keyof typeof PAGE): OwnMacro {
  return {
    count: [1, 1],
    grafana: (of = '') => GRAFANA[kind](of),
    page: (_, of = '') => PAGE[kind](of),
  }
}

/** The second at which something began in the viewer's zone; `of` answers in milliseconds. */
function began(sql: string, of: (now: number, zone: string) => number): OwnMacro {
  return {
    count: [0, 0],
    grafana: () => sql,
    page: (context) => String(of(context.now, zoneOf(context)) / 1_000),
  }
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
  today: began('toUnixTimestamp(toStartOfDay(now(), zone))', (now, zone) => startOf(now, 'd', zone)),
  yesterday: began('toUnixTimestamp(toStartOfDay(toStartOfDay(now(), zone) - 1, zone))', (now, zone) =>
    startOf(startOf(now, 'd', zone) - 1_000, 'd', zone),
  ),
  month: began('toUnixTimestamp(toDateTime(toStartOfMonth(now(), zone), zone))', (now, zone) =>
    startOf(now, 'M', zone),
  ),
  nextMonth: began(
    'toUnixTimestamp(toDateTime(addMonths(toStartOfMonth(now(), zone), 1), zone))',
    (now, zone) => add(startOf(now, 'M', zone), 1, 'M', zone),
  ),
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
  // that the column `day`, or a column (DateTime), lies between pairs of seconds
  days: {
    count: [2, 4],
    grafana: (...bounds) => within('day', GRAFANA.day, bounds),
    page: (_, ...bounds) => withinSome('day', PAGE.day, bounds),
  },
  seconds: {
    count: [3, 5],
    grafana: (column = '', ...bounds) => within(column, GRAFANA.second, bounds),
    page: (_, column = '', ...bounds) => withinSome(column, PAGE.second, bounds),
  },
  // that a column (DateTime64) lies between two milliseconds, both inclusive
  during: {
    count: [3, 3],
    grafana: (column = '', from = '', to = '') => during(column, from, to),
    page: (_, column = '', from = '', to = '') => duringLiterals(column, from, to),
  },
  // a day and a second, both of seconds, and a millisecond: to compare a Date, a DateTime and a DateTime64 with
  day: value('day'),
  second: value('second'),
  instant: value('instant'),
  // that a column lies outside of two seconds, where a condition holds
  outside: {
    count: [3, 4],
    grafana: (column = '', from = '', to = '', condition) =>
      `(${outside(column, GRAFANA.second, from, to)}${condition === undefined ? '' : ` OR NOT (${condition})`})`,
    page: (context, column = '', from = '', to = '', condition = ALWAYS) => {
      const holds = known(condition, context)
      if (holds === false || Number(from) >= Number(to)) return ALWAYS
      return `(${outside(column, PAGE.second, from, to)}${holds === true ? '' : ` OR NOT (${condition})`})`
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
