/**
 * What was known of months when they were closed, beside what is known of them now.
 *
 * Invariant: where nothing arrived or was rated anew since, both are the same rows, out of the rollups; only tenants of
 * whom something did are counted span by span. What is asked first is what is known now, so that nothing can come in
 * between that would be taken for known then.
 */
import { formatDecimal, parseDecimal } from './decimal.ts'
import { execute, type QueryContext, together } from './execute.ts'
import {
  BUCKET,
  type CallCount,
  type MeterCount,
  type Months,
  metersWithin,
  monthParams,
  type OfMonth,
  type PlanQuestion,
  type PlanUsage,
  planUsage,
  type RunCount,
  runsWithin,
  WITHIN,
} from './plan-usage.ts'
import { startedBetween, timeText } from './raw-range.ts'

/** What is asked. */
export interface ClosedQuestion extends PlanQuestion {
  /** A month is closed so long after its end, milliseconds. */
  readonly closesAfter: number
  /** Spans that began before may be gone, milliseconds: of such months only the present is known. */
  readonly removedBefore: number
}

/** Asks for both. */
export async function closedUsage(
  context: QueryContext,
  question: ClosedQuestion,
): Promise<{ readonly closed: PlanUsage; readonly present: PlanUsage }> {
  const present = await planUsage(context, question)
  const changed = await changedTenants(context, question)
  if (changed.length === 0) return { closed: present, present }
  const then = await usageThen(context, { ...question, tenants: changed })
  const isThen = ({ tenant, bucket }: OfMonth) =>
    changed.includes(tenant) && Number(bucket) * 1000 >= question.removedBefore
  const mix = <Row extends OfMonth>(now: readonly Row[], before: readonly Row[]) => [
    ...now.filter((row) => !isThen(row)),
    ...before.filter(isThen),
  ]
  const closed = {
    calls: mix(present.calls, then.calls),
    runs: mix(present.runs, then.runs),
    meters: mix(present.meters, then.meters),
  }
  return { closed, present }
}

/** Tenants of whom something came after a month had been closed: each month is looked at by itself, so that its spans alone are read. */
async function changedTenants(context: QueryContext, question: ClosedQuestion): Promise<string[]> {
  const { months, closesAfter } = question
  const params: Record<string, unknown> = { tenants: question.tenants }
  const parts = months.flatMap(({ start, end }, index) => {
    const [from, to, closes] = [`start_${index}`, `end_${index}`, `closes_${index}`]
    Object.assign(params, {
      ...{ [from]: timeText(start), [to]: timeText(end), [closes]: timeText(end + closesAfter) },
    })
    const of = `tenant_id IN {tenants:Array(String)} AND ${startedBetween(from, to)}`
    const late = `{${closes}:DateTime64(3, 'UTC')}`
    return [
      `SELECT DISTINCT tenant_id FROM spans WHERE ${of} AND ingested_at >= ${late}`,
      `SELECT DISTINCT tenant_id FROM cost_adjustments WHERE ${of} AND adjusted_at >= ${late}`,
    ]
  })
  const rows = await execute<{ tenant: string }>(
    context,
    'late spans by plan',
    `SELECT DISTINCT toString(tenant_id) AS tenant FROM (${parts.join(' UNION ALL ')})`,
    params,
  )
  return rows.map(({ tenant }) => tenant)
}

/** When the month of a span was closed. */
const CLOSED = `toDateTime64(transform(${BUCKET}, {starts:Array(UInt32)}, {closes:Array(UInt32)}), 3, 'UTC')`
const KNOWN = `${WITHIN} AND ingested_at < ${CLOSED}`

async function usageThen(context: QueryContext, question: ClosedQuestion): Promise<PlanUsage> {
  const params = { ...monthParams(question), closes: closesOf(question, question.closesAfter) }
  const [calls, runs, meters, changes] = await together(
    context,
    (each) =>
      [
        execute<CallCount>(each, 'closed usage by plan', CALLS_SQL, params),
        question.runs
          ? execute<RunCount>(each, 'closed runs by plan', runsWithin(KNOWN), params)
          : Promise.resolve([]),
        execute<MeterCount>(each, 'closed meters by plan', metersWithin(KNOWN), params),
        execute<OfMonth & { change: string }>(each, 'changed costs', CHANGES_SQL, params),
      ] as const,
  )
  return { calls: calls.map((row) => ({ ...row, cost: before(row, changes) })), runs, meters }
}

function closesOf({ months }: Months, after: number): number[] {
  return months.map(({ end }) => Math.floor((end + after) / 1000))
}

const CALLS_SQL = `SELECT tenant_id AS tenant, ${BUCKET} AS bucket,
    countIf(is_call AND unpriced_reason != 'failed') AS calls,
    toUInt64(sumIf(input_tokens + output_tokens, is_call)) AS tokens,
    toString(sum(ifNull(cost, toDecimal128(0, 12)))) AS cost
  FROM spans WHERE ${KNOWN} AND (is_call OR meter_name != '')
  GROUP BY tenant, bucket ORDER BY tenant, bucket`

const CALL = '(tenant_id, start_time, trace_id, span_id)'
const LATER = `SELECT tenant_id, start_time, trace_id, span_id FROM cost_adjustments WHERE ${WITHIN} AND adjusted_at >= ${CLOSED}`
/** By how much costs that were known then were rated anew afterwards. */
const CHANGES_SQL = `SELECT tenant_id AS tenant, ${BUCKET} AS bucket,
    toString(sum(new_cost - ifNull(old_cost, toDecimal128(0, 12)))) AS change
  FROM cost_adjustments
  WHERE ${WITHIN} AND adjusted_at >= ${CLOSED}
    AND ${CALL} IN (SELECT tenant_id, start_time, trace_id, span_id FROM spans WHERE ${KNOWN} AND ${CALL} IN (${LATER}))
  GROUP BY tenant, bucket`

/** The cost as it was before it was changed. */
function before(row: CallCount, changes: readonly (OfMonth & { change: string })[]): string {
  const change = changes.find(({ tenant, bucket }) => tenant === row.tenant && bucket === row.bucket)
  return change === undefined ? row.cost : formatDecimal(parseDecimal(row.cost) - parseDecimal(change.change))
}
