/**
 * `GET /api/v1/plans/compare`: what the last months of a tenant would have cost on each plan.
 *
 * Invariant: every month is one of the tenant's own periods; a plan that would have refused something says how much.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatAmount, parseAmount } from '@spanmeter/middleware/quota'
import { monthUsage } from '../budgets/month-usage.ts'
import { countsRuns, metersOf } from '../budgets/plan-budgets.ts'
import { chargeOf, type MeterCharge } from '../budgets/plan-charge.ts'
import { statementPeriods } from '../budgets/statement.ts'
import { termsOf } from '../budgets/terms.ts'
import { TermsHistory } from '../budgets/terms-history.ts'
import { planUsage } from '../query/plan-usage.ts'
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
      const perUsd = options.budgets?.creditsPerUsd() ?? '100'
      const present = termsOf({ ...config, creditsPerUsd: perUsd }, subscription)
      const history = new TermsHistory({ present, now })
      const periods = statementPeriods(history, now, query.months).slice(1).reverse()
      const runs = Object.values(config.plans).some((plan) => countsRuns(metersOf(plan)))
      const usage = await planUsage(context, { tenants: [asked], months: periods, runs })
      const plans = Object.entries(config.plans).map(([plan, rule]): ComparedPlan => {
        const months = periods.map((period) => ({
          month: period.key.replace('month:', ''),
          ...chargeOf({ ...rule, meters: metersOf(rule) }, monthUsage(usage, asked, period.start), perUsd),
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

/** One meter of a plan in a month. */
export const meterChargeSchema: z.ZodType<MeterCharge> = z.object({
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
                meters: z.array(meterChargeSchema).openapi({ description: 'What it is made of.' }),
              }),
            )
            .openapi({ description: 'Month by month.' }),
        }),
      )
      .openapi({ description: 'Every plan.' }),
    cheapest: text('Cheapest plan that refuses nothing; null without one.').nullable(),
  })
  .openapi('PlanComparison')
