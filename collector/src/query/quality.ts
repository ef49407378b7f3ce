/**
 * How good the data of a period is: what has no price, no usage, or no one to charge.
 *
 * Invariant: calls that the provider refused without usage have nothing to bill, so they are no fault of the
 * data and are left out of every share.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition, rollupsFor } from './filters.ts'
import type { Range } from './raw-range.ts'
import { type OnlyTable, scanOnly, scanSegment } from './scan.ts'
import { chooseSource, type Segment } from './source.ts'
import { UNPRICED } from './usage-sums.ts'

/** Attribute as answers name it → column. */
export const ATTRIBUTES = {
  tenant_id: 'tenant_id',
  user_id: 'user_id',
  agent_id: 'agent_id',
  conversation_id: 'conversation_id',
  feature: 'feature',
  service: 'service_name',
  environment: 'environment',
} as const
export type Attribute = keyof typeof ATTRIBUTES
const NAMES = Object.keys(ATTRIBUTES) as Attribute[]

/** Counts of calls; costs are decimal strings in USD. */
export type QualityRow = {
  readonly calls: number
  readonly failed_calls: number
  readonly unpriced_calls: number
  readonly missing_calls: number
  readonly estimated_calls: number
  readonly provider_billed_calls: number
  readonly cost: string
} & { readonly [name in `without_${Attribute}`]: number } & {
  readonly [name in `cost_without_${Attribute}`]: string
}

const COUNTS = ['calls', 'failed_calls', 'unpriced_calls', 'cost'] as const
/** Counts of answers: over `spans`; the rollups have a column for each. */
const ANSWERS = {
  missing_answers: "toUInt64(usage_source = 'missing' AND unpriced_reason != 'failed')",
  estimated_answers: "toUInt64(usage_source = 'estimated' AND unpriced_reason != 'failed')",
  provider_billed_calls: "toUInt64(cost_source = 'provider')",
} as const
/** What the cost rollups have sums of instead of a column. */
const SUMMED = { user_id: 'userless', conversation_id: 'conversationless' } as const

/** Asks for the quality of a period. */
export async function quality(context: QueryContext, range: Range, filters: Filters): Promise<QualityRow> {
  const filter = filterCondition(filters)
  const { start, end } = range
  const rollups = rollupsFor(filters) === 'cost' ? 'cost' : 'detail'
  const scans = chooseSource({ start, end, cuts: [], rollups }).map((segment, index) =>
    scanSegment(segment, index, columnsOf(segment.source), filter, COUNTS),
  )
  const lacking = NAMES.flatMap((name) => {
    const summed = SUMMED[name as keyof typeof SUMMED]
    if (summed !== undefined)
      return [
        `sum(m_${summed}_calls) AS without_${name}`,
        `toString(sum(m_${summed}_cost)) AS cost_without_${name}`,
      ]
    return [
      `sumIf(n_calls - n_failed_calls, ${ATTRIBUTES[name]} = '') AS without_${name}`,
      `toString(sumIf(n_cost, ${ATTRIBUTES[name]} = '')) AS cost_without_${name}`,
    ]
  })
  const rows = await execute<QualityRow>(
    context,
    'quality',
    `SELECT sum(n_calls) AS calls, sum(n_failed_calls) AS failed_calls, sum(n_unpriced_calls) AS unpriced_calls,
       sum(m_missing_answers) AS missing_calls, sum(m_estimated_answers) AS estimated_calls,
       sum(m_provider_billed_calls) AS provider_billed_calls, toString(sum(n_cost)) AS cost,
       ${lacking.join(', ')}
     FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})`,
    Object.assign({}, ...scans.map((part) => part.params)),
  )
  if (rows[0] === undefined) throw new Error('cannot answer quality: the store gave no row')
  return rows[0]
}

/** The columns of a table beside its sums, named and typed alike in all of them. */
function columnsOf(source: Segment['source']): string[] {
  const raw = source === 'spans'
  const columns = Object.values(ATTRIBUTES).filter((column) => !(column in SUMMED))
  const answers = Object.entries(ANSWERS).map(
    ([name, sql]) => `${raw ? sql : `toUInt64(${name})`} AS m_${name}`,
  )
  const summed = Object.entries(SUMMED).flatMap(([column, name]) => {
    const [calls, cost] =
      source === 'hour' || source === 'day'
        ? [`${name}_calls - ${name}_failed_calls`, `${name}_cost`]
        : [
            `if(${column} = '', ${raw ? "unpriced_reason != 'failed'" : 'calls - failed_calls'}, 0)`,
            `if(${column} = '', ifNull(cost, toDecimal128(0, 12)), toDecimal128(0, 12))`,
          ]
    return [`toUInt64(${calls}) AS m_${name}_calls`, `CAST(${cost}, 'Decimal(38, 12)') AS m_${name}_cost`]
  })
  return [...columns, ...answers, ...summed]
}

/** Calls of one model that nobody could rate for one reason. */
export interface UnpricedRow {
  readonly provider: string
  readonly model: string
  readonly reason: string
  readonly calls: number
  readonly input_tokens: number
  readonly output_tokens: number
  /** UTC with milliseconds. */
  readonly first_seen: string
  readonly last_seen: string
}

/** Asks which models have calls that nobody could rate, those with the most tokens first. */
export async function unpricedModels(
  context: QueryContext,
  { start, end }: Range,
  filters: Filters,
  limit: number,
): Promise<UnpricedRow[]> {
  const filter = filterCondition(filters)
  const scans = chooseSource({ start, end, cuts: [], rollups: 'detail' }).map((segment, index) =>
    scanOnly(segment, index, UNPRICED_TABLES, filter),
  )
  return await execute<UnpricedRow>(
    context,
    'unpriced models',
    `SELECT provider, model, unpriced_reason AS reason, sum(n_calls) AS calls,
       sum(n_input_tokens) AS input_tokens, sum(n_output_tokens) AS output_tokens,
       toString(toDateTime64(min(n_first), 3, 'UTC')) AS first_seen,
       toString(toDateTime64(max(n_last), 3, 'UTC')) AS last_seen
     FROM (${scans.map(({ sql }) => sql).join(' UNION ALL ')})
     GROUP BY provider, model, unpriced_reason
     ORDER BY input_tokens + output_tokens DESC, calls DESC, provider, model, reason
     LIMIT {limit:UInt32}`,
    Object.assign({ limit }, ...scans.map(({ params }) => params)),
  )
}

const UNPRICED_KEY = 'provider, model, unpriced_reason'
const UNPRICED_TABLES: Readonly<Record<'spans' | 'detail', OnlyTable>> = {
  spans: {
    table: 'spans',
    condition: `is_call AND ${UNPRICED}`,
    columns: `${UNPRICED_KEY}, toUInt64(1) AS n_calls, spans.input_tokens AS n_input_tokens,
      spans.output_tokens AS n_output_tokens, start_time AS n_first, start_time AS n_last`,
  },
  detail: {
    table: 'rollup_unpriced_hour',
    condition: '1',
    columns: `${UNPRICED_KEY}, toUInt64(calls) AS n_calls, toUInt64(input_tokens) AS n_input_tokens,
      toUInt64(output_tokens) AS n_output_tokens, first_call::DateTime64(9, 'UTC') AS n_first,
      last_call::DateTime64(9, 'UTC') AS n_last`,
  },
}
