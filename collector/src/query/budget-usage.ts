/**
 * What telemetry says was spent of a budget, subject by subject.
 *
 * Invariant: it counts as the ledger does: what has no price counts nothing, a refused call neither; a run counts where
 * it began, by how it ended.
 */
import type { BudgetDefinition, Dimension, Scope } from '@spanmeter/middleware/quota'
import { execute, type QueryContext } from './execute.ts'
import { timeText } from './raw-range.ts'

const COLUMNS: Readonly<Record<Dimension, string>> = {
  tenant: 'tenant_id',
  user: 'user_id',
  key: "attributes['spanmeter.key.name']",
  agent: "if(agent_id != '', agent_id, agent_name)",
  conversation: 'conversation_id',
  feature: 'feature',
  model: 'request_model',
  provider: 'provider',
  service: 'service_name',
}

/** What one subject has spent: decimal text. */
export interface BudgetUsage {
  readonly subject: Scope
  readonly amount: string
}

/** Asks for everything that began at `start` or later and had ended at `ended`; milliseconds. */
export async function budgetUsage(
  context: QueryContext,
  definition: BudgetDefinition,
  { start, ended }: { readonly start: number; readonly ended: number },
): Promise<BudgetUsage[]> {
  const named = Object.entries(definition.scope) as [Dimension, string][]
  const each = named.filter(([, value]) => value === '*').map(([name]) => name)
  const exact = named.filter(([, value]) => value !== '*')
  const params: Record<string, unknown> = {
    ...{ range_start: timeText(start), ended: timeText(ended) },
    ...{ meter: definition.meter ?? '', kinds: definition.excludeKinds ?? [] },
  }
  for (const [name, value] of exact) params[`is_${name}`] = value === '__none__' ? '' : value
  const conditions = [
    ...exact.map(([name]) => `${COLUMNS[name]} = {is_${name}:String}`),
    ...each.map((name) => `${COLUMNS[name]} != ''`),
  ]
  const rows = await execute<Record<string, string>>(
    context,
    'usage of a budget',
    `SELECT ${each.map((name) => `${COLUMNS[name]} AS of_${name}, `).join('')}toString(${amountOf(definition)}) AS amount
     FROM spans
     WHERE start_time >= {range_start:DateTime64(3, 'UTC')}
       AND start_time + toIntervalNanosecond(duration_ns) <= {ended:DateTime64(3, 'UTC')}
       ${conditions.map((condition) => `AND ${condition}`).join(' ')}
     ${each.length === 0 ? '' : `GROUP BY ${each.map((name) => `of_${name}`).join(', ')}`}`,
    params,
  )
  return rows.map((row) => ({
    subject: Object.fromEntries(each.map((name) => [name, row[`of_${name}`] ?? ''])),
    amount: row.amount ?? '0',
  }))
}

function amountOf({ unit, countIf }: BudgetDefinition): string {
  switch (unit) {
    case 'tokens':
      return 'toUInt64(sumIf(input_tokens + output_tokens, is_call))'
    case 'calls':
      return "countIf(is_call AND unpriced_reason != 'failed' AND meter_name = '')"
    case 'meter':
      return "sumIf(meter_quantity, meter_name = {meter:String} AND attributes['spanmeter.meter.kind'] != 'level')"
    case 'runs': {
      const ended =
        countIf === 'success' ? "run_status = 'success'" : "run_status IN ('success', 'failed', 'cancelled')"
      return `countIf(${ended} AND NOT has({kinds:Array(String)}, attributes['spanmeter.run.kind']))`
    }
    default:
      return "sumIf(ifNull(cost, toDecimal128(0, 12)), (is_call OR meter_name != '') AND cost_currency IN ('', 'USD'))"
  }
}
