/**
 * The rollups of `spans`: which buckets they have, and what has to agree with the raw rows.
 *
 * Invariant: two sides that agree in what is compared agree in the rest, because both are written by one view.
 */
import { LATENESS } from '@spanmeter/dashboards'

/** A rollup, and how it is compared with the rows that it is of. */
export interface Rollup {
  table: string
  /** Its time column and the function that makes it of `start_time`. */
  bucket: string
  of: string
  /** Which spans it is of. */
  where: string
  /** What is compared, as expressions over the rollup and over raw calls. */
  compare: readonly (readonly [rollup: string, raw: string])[]
}

const MONEY = [
  ['sum(calls)', 'count()'],
  ['sum(cost)', 'sum(ifNull(cost, toDecimal128(0, 12)))'],
  ['sum(input_tokens)', 'sum(input_tokens)'],
  ['sum(output_tokens)', 'sum(output_tokens)'],
  ['sum(duration_ns)', 'sum(duration_ns)'],
  ['sum(errors)', "countIf(status = 'error')"],
  ['sum(unpriced_calls)', "countIf(isNull(cost) AND unpriced_reason != 'failed')"],
] as const
/** What the cost rollups were widened by. */
const WIDENED = [
  ["sumIf(calls, meter_name != '')", "countIf(meter_name != '')"],
  ['sum(missing_answers)', "countIf(usage_source = 'missing' AND unpriced_reason != 'failed')"],
  ['sum(estimated_answers)', "countIf(usage_source = 'estimated' AND unpriced_reason != 'failed')"],
  ['sum(provider_billed_calls)', "countIf(cost_source = 'provider')"],
  ['sum(service_rated_calls)', "countIf(cost_source = 'local' AND isNotNull(cost))"],
  ['sum(collector_rated_calls)', "countIf(cost_source = 'collector' AND isNotNull(cost))"],
  ['sum(userless_calls)', "countIf(user_id = '')"],
  ['sum(conversationless_calls)', "countIf(conversation_id = '')"],
] as const
const TIMES = [
  ...MONEY.filter(([rolled]) => /\((calls|cost|output_tokens|duration_ns|errors)\)/.test(rolled)),
  ['sum(arrivals)', 'count()'],
] as const
const NUMBERS = [
  ['sum(came)', 'count()'],
  ['min(lowest)', 'min(span_number)'],
  ['max(highest)', 'max(span_number)'],
] as const
const NUMBERED = 'span_number > 0'
const CALLS = 'is_call'
const AT_HOUR = { bucket: 'hour', of: 'toStartOfHour' } as const
const AT_DAY = { bucket: 'day', of: 'toDate' } as const

/** Every rollup that is fed by `spans`. */
export const ROLLUPS: readonly Rollup[] = [
  {
    table: 'rollup_cost_minute',
    bucket: 'minute',
    of: 'toStartOfMinute',
    where: CALLS,
    compare: MONEY,
  },
  { table: 'rollup_cost_hour', ...AT_HOUR, where: CALLS, compare: [...MONEY, ...WIDENED] },
  { table: 'rollup_cost_day', ...AT_DAY, where: CALLS, compare: [...MONEY, ...WIDENED] },
  { table: 'rollup_user_day', ...AT_DAY, where: CALLS, compare: MONEY },
  {
    table: 'rollup_conversation_day',
    ...AT_DAY,
    where: CALLS,
    compare: [
      ...MONEY.filter(([rolled]) => /\((calls|cost|input_tokens|output_tokens)\)/.test(rolled)),
      ['toUnixTimestamp(max(last_hour))', 'toUnixTimestamp(toStartOfHour(max(start_time)))'],
    ],
  },
  {
    table: 'rollup_detail_hour',
    ...AT_HOUR,
    where: CALLS,
    compare: [
      ...MONEY,
      ['toUnixTimestamp64Milli(min(started))', 'toUnixTimestamp64Milli(toDateTime64(min(start_time), 3))'],
    ],
  },
  { table: 'rollup_latency_hour', ...AT_HOUR, where: CALLS, compare: TIMES },
  { table: 'rollup_latency_day', ...AT_DAY, where: CALLS, compare: TIMES },
  {
    table: 'rollup_unpriced_hour',
    ...AT_HOUR,
    where: `${CALLS} AND isNull(cost) AND unpriced_reason != 'failed'`,
    compare: MONEY.filter(([rolled]) => /\((calls|input_tokens|output_tokens)\)/.test(rolled)),
  },
  {
    table: 'rollup_run_hour',
    ...AT_HOUR,
    where: "run_id != ''",
    compare: [
      ['sum(members)', 'count()'],
      ['sum(calls)', 'countIf(is_call)'],
      ['sum(cost)', 'sumIf(ifNull(cost, toDecimal128(0, 12)), is_call)'],
      ['sum(input_tokens)', 'sumIf(input_tokens, is_call)'],
      ['sum(output_tokens)', 'sumIf(output_tokens, is_call)'],
      [
        "uniqExactIf((tenant_id, run_id), run_kind != '')",
        "uniqExactIf((tenant_id, run_id), attributes['spanmeter.run.kind'] != '')",
      ],
    ],
  },
  {
    table: 'rollup_arrival_hour',
    ...AT_HOUR,
    // every span; its view says so too, because a rebuild narrows the WHERE
    where: 'true',
    compare: [
      ['sum(came)', 'count()'],
      ['sum(numbered)', 'countIf(span_number > 0)'],
      ['sum(came * toUnixTimestamp(arrived))', 'sum(toUnixTimestamp(toStartOfHour(ingested_at)))'],
      ...[1, 60].map((seconds) => [`sum(within_${seconds}s)`, `countIf(${LATENESS} <= ${seconds})`] as const),
    ],
  },
  {
    table: 'rollup_process_hour',
    ...AT_HOUR,
    where: NUMBERED,
    compare: [
      ...NUMBERS,
      ['sum(came * toUnixTimestamp(arrived))', 'sum(toUnixTimestamp(toStartOfHour(ingested_at)))'],
    ],
  },
  {
    table: 'rollup_process_day',
    ...AT_DAY,
    where: NUMBERED,
    compare: [...NUMBERS, ['sum(came * toUInt32(arrived))', 'sum(toUInt32(toDate(ingested_at)))']],
  },
]
