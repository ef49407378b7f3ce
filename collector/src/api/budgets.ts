/**
 * `GET /api/v1/budgets` and `/api/v1/budgets/{id}`: what is spent of each budget, and what is left.
 *
 * Invariant: who is bound to a tenant sees that tenant's accounts only.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { BUDGET_STATUSES } from '@spanmeter/middleware/quota'
import { type AccountView, accountsFor, accountsOf, viewOf } from '../budgets/view.ts'
import { text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { ledgerOf } from './budget-reader.ts'
import { accountSchema, EXAMPLE_ACCOUNT } from './budget-schema.ts'
import { createEndpoint, NotFound } from './endpoint.ts'
import { tableOf } from './table.ts'

interface Budgets {
  budgets: AccountView[]
}

interface OneBudget {
  id: string
  name: string
  accounts: AccountView[]
}

const name = z.string().min(1).max(256).optional()

export function createBudgets(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  app.route('/', createList(options))
  app.route('/', createOne(options))
  return app
}

function createList(options: ApiOptions): OpenAPIHono {
  return createEndpoint<{ tenant_id: typeof name; status: z.ZodOptional<z.ZodEnum> }, Budgets>(options, {
    path: '/api/v1/budgets',
    operationId: 'listBudgets',
    summary: 'Budgets and what is left of them',
    description: 'Every account of the periods that are now, from the ledger that decides.',
    query: {
      tenant_id: name.openapi({ description: 'Only accounts that a call of this tenant counts in.' }),
      status: z
        .enum(BUDGET_STATUSES)
        .optional()
        .openapi({ description: 'Only accounts that stand so.' }) as never,
    },
    schema: z
      .object({ budgets: z.array(accountSchema).openapi({ description: 'The accounts.' }) })
      .openapi('Budgets'),
    example: { budgets: [EXAMPLE_ACCOUNT] },
    table: ({ budgets }) => tableOf('budgets', budgets, Object.keys(EXAMPLE_ACCOUNT)),
    async answer({ query, now, tenant }) {
      const ledger = ledgerOf(options)
      const asked = tenant ?? query.tenant_id
      const accounts =
        asked === undefined
          ? ledger.book.budgets().flatMap((budget) => accountsOf(ledger, budget, now))
          : [...new Set([...usedBy(ledger, asked, now), ...accountsFor(ledger, { tenant: asked })])]
      const views = accounts.map((account) => viewOf(ledger, account, now))
      return {
        budgets: unique(views).filter(
          ({ status, scope }) =>
            (query.status === undefined || status === query.status) &&
            (tenant === undefined || scope.tenant === tenant),
        ),
      }
    },
  })
}

function createOne(options: ApiOptions): OpenAPIHono {
  return createEndpoint<Record<never, never>, OneBudget>(options, {
    path: '/api/v1/budgets/{id}',
    operationId: 'getBudget',
    summary: 'One budget',
    description: 'Its accounts of the periods that are now.',
    query: {},
    params: { id: 'Id of the budget.' },
    schema: z
      .object({
        id: text('Id of the budget.'),
        name: text('Its name.'),
        accounts: z.array(accountSchema).openapi({ description: 'Its accounts.' }),
      })
      .openapi('Budget'),
    example: { id: 'tenant-month', name: 'Each tenant, each month', accounts: [EXAMPLE_ACCOUNT] },
    async answer({ params, now, tenant }) {
      const ledger = ledgerOf(options)
      const budget = ledger.book.budget(params.id ?? '')
      const views = budget
        ? accountsOf(ledger, budget, now).map((account) => viewOf(ledger, account, now))
        : []
      const accounts = views.filter(({ scope }) => tenant === undefined || scope.tenant === tenant)
      if (!budget || (tenant !== undefined && accounts.length === 0))
        return new NotFound(`cannot find budget ${params.id}: there is none; GET /api/v1/budgets lists them`)
      return { id: budget.definition.id, name: budget.name, accounts }
    },
  })
}

/** Accounts in use whose subject names the tenant. */
function usedBy(ledger: ReturnType<typeof ledgerOf>, tenant: string, now: number) {
  return ledger.book
    .budgets()
    .flatMap((budget) => accountsOf(ledger, budget, now))
    .filter(({ subject, budget }) => (subject.tenant ?? budget.definition.scope.tenant) === tenant)
}

function unique(views: AccountView[]): AccountView[] {
  const seen = new Set<string>()
  return views.filter(({ budget, scope }) => {
    const key = JSON.stringify([budget, scope])
    return !seen.has(key) && seen.add(key)
  })
}
