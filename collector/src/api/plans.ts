/** `GET /api/v1/plans`: what can be subscribed to, and what each includes. */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { metersOf } from '../budgets/plan-budgets.ts'
import type { PlansConfig } from '../config/plans.ts'
import { exactText, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'

interface PlanBody {
  id: string
  name: string
  default: boolean
  price_exact: string
  meters: { meter: string; included: string; hard_limit: string | null; overage_unit_price_exact: string }[]
}

const EXAMPLE: PlanBody = {
  ...{ id: 'basic', name: 'Basic', default: false, price_exact: '29' },
  meters: [{ meter: 'api_call', included: '1000', hard_limit: null, overage_unit_price_exact: '0.01' }],
}

/** Where there is no configuration there are no plans. */
export function plansOf({ budgets }: ApiOptions): PlansConfig {
  return budgets?.plans() ?? { plans: {}, subscriptions: [] }
}

export function createPlans(options: ApiOptions): OpenAPIHono {
  return createEndpoint<Record<never, never>, { plans: PlanBody[] }>(options, {
    path: '/api/v1/plans',
    operationId: 'listPlans',
    summary: 'Plans',
    description: 'The plans of the configuration, in its order.',
    query: {},
    schema: z
      .object({
        plans: z
          .array(
            z.object({
              id: text('Id of the plan.'),
              name: text('Its name.'),
              default: z.boolean().openapi({ description: 'Tenants without a subscription are on it.' }),
              price_exact: exactText('A month of it'),
              meters: z
                .array(
                  z.object({
                    meter: text('What is counted.'),
                    included: text('How much of it is in the price.'),
                    hard_limit: text('Where it ends; null where more is billed.').nullable(),
                    overage_unit_price_exact: exactText('One beyond what is included'),
                  }),
                )
                .openapi({ description: 'What it counts.' }),
            }),
          )
          .openapi({ description: 'The plans.' }),
      })
      .openapi('Plans'),
    example: { plans: [EXAMPLE] },
    async answer() {
      const { plans, defaultPlan } = plansOf(options)
      return {
        plans: Object.entries(plans).map(([id, plan]) => ({
          ...{ id, name: plan.name ?? id, default: id === defaultPlan, price_exact: plan.price },
          meters: Object.entries(metersOf(plan)).map(
            ([meter, { included, hardLimit, overageUnitPrice }]) => ({
              ...{
                meter,
                included,
                hard_limit: hardLimit ?? null,
                overage_unit_price_exact: overageUnitPrice,
              },
            }),
          ),
        })),
      }
    },
  })
}
