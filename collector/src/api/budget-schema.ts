/** How accounts of budgets look in the API. */
import { z } from '@hono/zod-openapi'
import { BUDGET_ACTIONS, BUDGET_STATUSES } from '@spanmeter/middleware/quota'
import type { AccountView } from '../budgets/view.ts'
import { number, text } from './amounts.ts'

export const accountSchema: z.ZodType<AccountView> = z
  .object({
    budget: text('Id of the budget.'),
    name: text('Its name.'),
    plan: text('The meter of the plan that it comes from.').nullable(),
    scope: z.record(z.string(), z.string()).openapi({ description: 'Whom it is for, by dimension.' }),
    unit: text('`usd`, `tokens`, `credits`, `calls`, `runs` or `meter`.'),
    meter: text('Name of the meter, where the unit is one.').nullable(),
    action: z.enum(BUDGET_ACTIONS).openapi({ description: 'What happens at the limit.' }),
    status: z.enum(BUDGET_STATUSES).openapi({ description: 'How the account stands.' }),
    period: text('Key of the period.'),
    period_start: z.iso.datetime().openapi({ description: 'First instant of the period, UTC.' }),
    resets_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'First instant of the next one; null where the window rolls.' }),
    limit: text('What may be spent; null without a limit. Exact, in `unit`.').nullable(),
    committed: text('What is spent, as far as services have reported.'),
    held: text('What calls under way may still spend.'),
    leased: text('What services may spend without asking, calls under way included.'),
    remaining: text('Limit less committed and held.').nullable(),
    percent: number('Committed of the limit.').nullable(),
    carried_over: text('What the period before left over; part of the limit.'),
    unreported: text('Seen in telemetry and reported by no service; part of `committed`.'),
  })
  .openapi('BudgetAccount')

/** An account of the examples. */
export const EXAMPLE_ACCOUNT: AccountView = {
  ...{ budget: 'tenant-month', name: 'Each tenant, each month', plan: null, scope: { tenant: 'acme' } },
  ...{ unit: 'usd', meter: null, action: 'block', status: 'warning', period: 'month:2026-03-01' },
  ...{ period_start: '2026-02-28T23:00:00.000Z', resets_at: '2026-03-31T22:00:00.000Z', limit: '100' },
  ...{ committed: '84.2', held: '0.5', leased: '2', remaining: '15.3', percent: 84.2 },
  ...{ carried_over: '0', unreported: '0' },
}
