/**
 * The orders in which usage events can be listed, and where a page ends.
 *
 * Invariant: every order is total (trace and span id come last) and every NULL has its place, so "after this
 * event" is one condition and a page never repeats or skips an event that was there before.
 */
export const SORTS = [
  '-timestamp',
  'timestamp',
  '-cost',
  'cost',
  '-tokens',
  'tokens',
  '-duration',
  'duration',
] as const
export type EventSort = (typeof SORTS)[number]

/** The values of one event by which it is ordered, as text; the cursor carries them. */
export interface SortPosition {
  /** Value of the sort column; empty when it is NULL. */
  readonly value: string
  readonly start_time: string
  readonly trace_id: string
  readonly span_id: string
}

interface SortKey {
  /** The column or expression, never NULL. */
  readonly sql: string
  readonly type: string
  /** A condition that is true for events that stand at the end in both directions. */
  readonly last?: string
}

const KEYS: Readonly<Record<'timestamp' | 'cost' | 'tokens' | 'duration', SortKey>> = {
  timestamp: { sql: 'start_time', type: "DateTime64(9, 'UTC')" },
  cost: { sql: 'ifNull(cost, 0)', type: 'Decimal(38, 12)', last: 'cost IS NULL' },
  tokens: { sql: '(input_tokens + output_tokens)', type: 'UInt64' },
  duration: { sql: 'duration_ns', type: 'UInt64' },
}

const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{9}$/
const VALUES = {
  timestamp: TIME,
  cost: /^(-?\d{1,26}(\.\d{1,12})?)?$/,
  tokens: /^\d{1,19}$/,
  duration: /^\d{1,19}$/,
}

/** Whether a position can be one of this order: what came from outside must not fail in the store. */
export function isPosition(sort: EventSort, position: SortPosition): boolean {
  const times = [position.start_time, ...(keyOf(sort) === 'timestamp' ? [position.value] : [])]
  return (
    VALUES[keyOf(sort)].test(position.value) &&
    times.every(
      (time) => TIME.test(time) && !Number.isNaN(Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`)),
    )
  )
}

function keyOf(sort: EventSort): keyof typeof KEYS {
  return sort.replace(/^-/, '') as keyof typeof KEYS
}

/** What an order is in SQL. */
export interface OrderSql {
  /** Expression whose text becomes `SortPosition.value`. */
  readonly value: string
  readonly orderBy: string
  /** Condition for the events after a position, with the parameters of `positionParams`. */
  readonly after: string
}

/** An order as SQL; equal values are ordered by time, newest first when descending, then by ids. */
export function orderSql(sort: EventSort): OrderSql {
  const descending = sort.startsWith('-')
  const key = KEYS[keyOf(sort)]
  const [direction, beyond] = descending ? ['DESC', '<'] : ['ASC', '>']
  const value = `{after_value:${key.type}}`
  const time = "{after_time:DateTime64(9, 'UTC')}"
  const ids = '(trace_id, span_id) > ({after_trace:String}, {after_span:String})'
  const sameTime = `(start_time ${beyond} ${time} OR (start_time = ${time} AND ${ids}))`
  const sameGroup = `(${key.sql} ${beyond} ${value} OR (${key.sql} = ${value} AND ${sameTime}))`
  const order = `${key.sql} ${direction}, start_time ${direction}, trace_id ASC, span_id ASC`
  // A bare constant must not stand in ORDER BY: ClickHouse reads it as the position of a column.
  if (key.last === undefined) return { value: `toString(${key.sql})`, orderBy: order, after: sameGroup }
  const last = `toUInt8(${key.last})`
  return {
    value: `if(${key.last}, '', toString(${key.sql}))`,
    orderBy: `${last} ASC, ${order}`,
    after: `(${last} > {after_last:UInt8} OR (${last} = {after_last:UInt8} AND ${sameGroup}))`,
  }
}

/** The parameters that `OrderSql.after` binds. */
export function positionParams(position: SortPosition): Record<string, unknown> {
  return {
    after_last: position.value === '' ? 1 : 0,
    after_value: position.value === '' ? '0' : position.value,
    after_time: position.start_time,
    after_trace: position.trace_id,
    after_span: position.span_id,
  }
}
