/**
 * What calls cost as a FinOps FOCUS 1.2 dataset: a row for each day and set of dimensions.
 *
 * Invariant: the billed costs sum to the known cost of the calls. FOCUS has no "unknown": a call without a cost
 * is in no amount, and its row says how many there are in `Tags`.
 */
import { type QueryContext, streamQuery } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, rawRange } from './raw-range.ts'

const DAY = 86_400_000

/** A text that no spreadsheet runs. */
const safe = (sql: string): string =>
  `replaceRegexpOne(replaceRegexpAll(toString(${sql}), '[\\\\r\\\\n]+', ' '), '^([=+\\\\-@\\\\t＝＋－＠])', '\\'\\\\1')`
const instant = (sql: string): string => `formatDateTime(${sql}, '%Y-%m-%dT%H:%i:%SZ')`

/** Column of FOCUS 1.2 → expression over the groups. */
const COLUMNS: Readonly<Record<string, string>> = {
  BilledCost: 'toString(n_cost)',
  BillingAccountId: safe('account'),
  BillingAccountName: safe('account'),
  BillingCurrency: "'USD'",
  BillingPeriodEnd: instant("toDateTime(addMonths(toStartOfMonth(day), 1), 'UTC')"),
  BillingPeriodStart: instant("toDateTime(toStartOfMonth(day), 'UTC')"),
  ChargeCategory: "'Usage'",
  ChargeClass: "''",
  ChargeDescription: safe("concat(operation, ' ', model)"),
  ChargeFrequency: "'Usage-Based'",
  ChargePeriodEnd: instant("toDateTime(day + 1, 'UTC')"),
  ChargePeriodStart: instant("toDateTime(day, 'UTC')"),
  ConsumedQuantity: 'toString(tokens)',
  ConsumedUnit: "'Tokens'",
  ContractedCost: 'toString(n_cost)',
  EffectiveCost: 'toString(n_cost)',
  InvoiceIssuerName: safe('vendor'),
  ListCost: 'toString(n_cost)',
  PricingCategory: "'Standard'",
  PricingQuantity: 'toString(tokens)',
  PricingUnit: "'Tokens'",
  ProviderName: safe('vendor'),
  PublisherName: safe('vendor'),
  ResourceId: safe('model'),
  ResourceName: safe('model'),
  ResourceType: "'Model'",
  ServiceCategory: "'AI and Machine Learning'",
  ServiceName: safe('vendor'),
  ServiceSubcategory: "'Generative AI'",
  SkuId: safe("concat(vendor, '/', model)"),
  SkuMeter: safe('operation'),
  SkuPriceId: safe("concat(vendor, '/', model)"),
  SubAccountId: safe('tenant_id'),
  SubAccountName: safe('tenant_id'),
  Tags: "toJSONString(map('service', service_name, 'environment', environment, 'feature', feature, 'agent', agent_id, 'calls', toString(calls), 'unpriced_calls', toString(unpriced)))",
}

/** Names of the columns, in the order of the file. */
export const FOCUS_COLUMNS: readonly string[] = Object.keys(COLUMNS)

/** Writes the dataset as CSV, a day at a time. */
export async function* exportFocus(
  context: QueryContext,
  range: Range,
  filters: Filters,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${FOCUS_COLUMNS.join(',')}\n`)
  for (let from = range.start; from < range.end; ) {
    const to = Math.min(range.end, (Math.floor(from / DAY) + 1) * DAY)
    const chunks: Buffer[] = []
    const { sql, params } = dayOf({ start: from, end: to }, filters)
    for await (const chunk of streamQuery(context, 'export', sql, params)) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const end = body.lastIndexOf(END)
    if (end < 0) throw new Error('cannot export: the store broke off an answer; try again')
    if (end > 0) yield body.subarray(0, end)
    from = to
  }
}

/** Last line of a whole answer; no row of a CSV begins like this. */
const END = '"--whole--"'

function dayOf(range: Range, filters: Filters): { sql: string; params: Record<string, unknown> } {
  const time = rawRange(range)
  const filter = filterCondition(filters)
  const values = Object.values(COLUMNS).map((sql) => `toString(${sql})`)
  const last = FOCUS_COLUMNS.map((_, index) => (index === 0 ? "'--whole--'" : "''"))
  return {
    sql: `SELECT * EXCEPT (o) FROM (
      SELECT ${values.map((sql, index) => `${sql} AS c${index}`).join(', ')}, 0 AS o
      FROM (
        SELECT toDate(start_time) AS day, tenant_id, if(provider = '', 'unknown', provider) AS vendor, model, operation,
          service_name, environment, feature, agent_id, 'spanmeter' AS account,
          sum(ifNull(cost, toDecimal128(0, 12))) AS n_cost, count() AS calls,
          countIf(isNull(cost) AND unpriced_reason != 'failed') AS unpriced, sum(input_tokens + output_tokens) AS tokens
        FROM spans WHERE ${time.sql}${filter.sql}
        GROUP BY day, tenant_id, vendor, model, operation, service_name, environment, feature, agent_id
      )
      UNION ALL SELECT ${last.join(', ')}, 1
      ) ORDER BY o, ${FOCUS_COLUMNS.map((_, index) => `c${index}`).join(', ')} FORMAT CSV`,
    params: { ...time.params, ...filter.params },
  }
}
