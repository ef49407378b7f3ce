/**
 * `GET /api/v1/plans/compare`: what the last months of a tenant would have cost on each plan.
 *
 * Invariant: every month is one of the tenant's own periods; a plan that would have refused something says how much.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatAmount, parseAmount } from '@spanmeter/middleware/quota'
import { type BudgetPeriod, periodAt } from '../budgets/period.ts'
import { ruleOf } from '../budgets/plan-budgets.ts'
import { chargeOf, type MeterCharge, type MonthUsage } from '../budgets/plan-charge.ts'
import type { QueryContext } from '../query/execute.ts'
import { meters } from '../query/meters.ts'
import { planCalls, planRuns } from '../query/plan-usage.ts'
import { exactText, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'
import { plansOf } from './plans.ts'
import { wholeNumber } from './whole-number.ts'

interface ComparedPlan {
  plan: string
  name: string
  current: boolean
  total_exact: string
  /** Whether a hard limit would have refused something. */
  refuses: boolean
  months: { month: string; total_exact: string; meters: MeterCharge[] }[]
}

interface Comparison {
  tenant_id: string
  months: string[]
  plans: ComparedPlan[]
  /** Cheapest of those that would have refused nothing. */
  cheapest: string | null
}

const MAX_MONTHS = 12

export function createPlanCompare(options: ApiOptions): OpenAPIHono {
  const query = {
    tenant_id: z.string().min(1).max(256).openapi({ description: 'The tenant.', example: 'acme' }),
    months: wholeNumber('months', MAX_MONTHS, 3, 'How many whole months, the last ones.'),
  }
  return createEndpoint<typeof query, Comparison>(options, {
    path: '/api/v1/plans/compare',
    operationId: 'comparePlans',
    summary: 'What the last months would have cost on each plan',
    description: "Rates a tenant's last whole months on each plan of the configuration.",
    query,
    schema: comparisonSchema,
    example: {
      ...{ tenant_id: 'acme', months: ['2026-02-01'], cheapest: 'basic' },
      plans: [
        {
          ...{ plan: 'basic', name: 'Basic', current: true, total_exact: '30.5', refuses: false },
          months: [
            {
              ...{ month: '2026-02-01', total_exact: '30.5' },
              meters: [
                {
                  ...{ meter: 'api_call', quantity: '1150', included: '1000', overage: '150' },
                  ...{ overage_unit_price: '0.01', charge_exact: '1.5', refused: '0' },
                },
              ],
            },
          ],
        },
      ],
    },
    async answer({ query, now, context, tenant }) {
      const config = plansOf(options)
      const asked = tenant ?? query.tenant_id
      const subscription = config.subscriptions.find((one) => one.tenant === asked)
      const periods = lastPeriods(subscription, now, query.months)
      const usage = await usageOf(context, periods, asked)
      const perUsd = options.budgets?.creditsPerUsd() ?? '100'
      const plans = Object.entries(config.plans).map(([plan, rule]): ComparedPlan => {
        const months = periods.map((period, index) => ({
          month: period.key.replace('month:', ''),
          ...chargeOf(rule, usage[index] as MonthUsage, perUsd),
        }))
        const total = months.reduce((sum, month) => sum + parseAmount(month.total_exact), 0n)
        return {
          ...{ plan, name: rule.name ?? plan, current: plan === (subscription?.plan ?? config.defaultPlan) },
          total_exact: formatAmount(total),
          refuses: months.some((month) => month.meters.some(({ refused }) => refused !== '0')),
          months: months.map(({ month, total_exact, meters }) => ({ month, total_exact, meters })),
        }
      })
      const whole = plans.filter(({ refuses }) => !refuses)
      const [cheapest] = whole.sort((a, b) =>
        parseAmount(a.total_exact) < parseAmount(b.total_exact) ? -1 : 1,
      )
      return {
        ...{ tenant_id: asked, months: periods.map(({ key }) => key.replace('month:', '')) },
        ...{ plans, cheapest: cheapest?.plan ?? null },
      }
    },
  })
}

const meterSchema: z.ZodType<MeterCharge> = z.object({
  meter: text('What is counted.'),
  quantity: text('How much was used.'),
  included: text('In the price.'),
  overage: text('Beyond that, as far as the plan serves it.'),
  overage_unit_price: text('USD for one of it.'),
  charge_exact: exactText('What that comes to'),
  refused: text('What its hard limit would have refused.'),
})

const comparisonSchema: z.ZodType<Comparison> = z
  .object({
    tenant_id: text('The tenant.'),
    months: z.array(z.string()).openapi({ description: 'First days of the months.' }),
    plans: z
      .array(
        z.object({
          plan: text('Id of the plan.'),
          name: text('Its name.'),
          current: z.boolean().openapi({ description: 'The tenant is on it.' }),
          total_exact: exactText('All months, price included'),
          refuses: z.boolean().openapi({ description: 'A hard limit would have refused something.' }),
          months: z
            .array(
              z.object({
                month: text('First day of the month.'),
                total_exact: exactText('The month, price included'),
                meters: z.array(meterSchema).openapi({ description: 'What it is made of.' }),
              }),
            )
            .openapi({ description: 'Month by month.' }),
        }),
      )
      .openapi({ description: 'Every plan.' }),
    cheapest: text('Cheapest plan that refuses nothing; null without one.').nullable(),
  })
  .openapi('PlanComparison')

/** The last whole months before the one that is now, oldest first. */
function lastPeriods(subscription: Parameters<typeof ruleOf>[0], now: number, count: number): BudgetPeriod[] {
  const rule = ruleOf(subscription)
  const periods: BudgetPeriod[] = []
  let period = periodAt(rule, now)
  for (let i = 0; i < count; i++) {
    period = periodAt(rule, period.start - 1)
    periods.unshift(period)
  }
  return periods
}

async function usageOf(
  context: QueryContext,
  periods: readonly BudgetPeriod[],
  tenant: string,
): Promise<MonthUsage[]> {
  const starts = periods.map(({ start }) => start)
  const range = { start: starts[0] ?? 0, end: periods.at(-1)?.end ?? 0 }
  const [calls, runs, metered] = await Promise.all([
    planCalls(context, range, starts, tenant),
    planRuns(context, range, starts, tenant),
    meters(context, range, starts, { tenant_id: [tenant] }),
  ])
  return starts.map((start) => {
    const bucket = start / 1000
    const of = calls.find((row) => Number(row.bucket) === bucket)
    return {
      usd: parseAmount(of?.cost ?? '0'),
      tokens: parseAmount(String(of?.tokens ?? 0)),
      calls: parseAmount(String(of?.calls ?? 0)),
      runs: runs
        .filter((row) => Number(row.bucket) === bucket)
        .map(({ status, kind, runs }) => ({ status, kind, count: BigInt(runs) })),
      meters: new Map(
        metered
          .filter((row) => Number(row.bucket) === bucket)
          .map(({ meter, quantity }) => [meter, parseAmount(quantity)]),
      ),
    }
  })
}
