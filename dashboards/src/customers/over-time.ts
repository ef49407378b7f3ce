/**
 * Spend and credits over time.
 *
 * Invariant: credits are cost times what credits are worth now, so a call whose cost is not known adds nothing.
 */
import type { Target } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_BUCKETS } from '../sql/time.ts'
import { spendOverTime } from '../sql/top.ts'

const RATES = sql`
  ,
    (SELECT argMax(per_usd, set_at) FROM credit_rates) AS per_usd,
    (SELECT argMax(kinds, set_at) FROM credit_rates) AS kinds`
const KIND =
  "multiIf(meter_name = '', 'ai', mapContains(kinds, meter_name), toString(kinds[meter_name]), 'compute')"
const worth = (cost: string) => `toFloat64(${cost}) * toFloat64(any(per_usd))`

const spend = spendOverTime(
  {
    tenant: { column: 'tenant_id', count: 7 },
    feature: { column: 'feature', count: 7 },
    credits: { column: 'meter_name', as: KIND, count: 100 },
  },
  { defined: RATES, columns: { credits: worth('cost') } },
)

/** Cost of the seven largest tenants, and of the others together. */
export const byTenant: Target = spend.tenant
/** The same of features. */
export const byFeature: Target = spend.feature

const { together } = spend.credits
/** Credits by kind of work. */
export const credits: Target = {
  ...seriesTarget(sql`
    ${WITH_BUCKETS}${RATES}
    SELECT ${bucket('at')} AS time, ${KIND} AS series, ${worth('sum(n_cost)')} AS credits
    FROM ${calls({ measures: ['cost'], dimensions: ['meter_name'], bucketed: true })}
    GROUP BY time, series
    HAVING credits > 0
    ORDER BY time, series`),
  together: {
    ...together,
    columns: ['time', 'series', 'credits'],
    rows: (valueIn) => together.rows?.(valueIn) === true && Number(valueIn('credits')) > 0,
  },
}
