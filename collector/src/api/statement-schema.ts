/**
 * Statements as the API shows them.
 *
 * Invariant: total and adjustment sum to the balance; a month whose calls are no longer all stored says so.
 */
import { z } from '@hono/zod-openapi'
import type { MeterCharge } from '../budgets/plan-charge.ts'
import type { Statement, StatementUsage } from '../budgets/statement.ts'
import { count, exactText, text } from './amounts.ts'
import { meterChargeSchema } from './plan-compare.ts'

/** One month of a tenant. */
export interface StatementBody {
  statement_id: string
  tenant_id: string
  plan: string | null
  plan_name: string | null
  status: 'open' | 'closed'
  start: string
  end: string
  timezone: string
  closes_at: string
  complete: boolean
  usage: StatementUsage
  price_exact: string
  meters: MeterCharge[]
  total_exact: string
  adjustment: StatementUsage & { total_exact: string }
  balance_exact: string
}
/** A page of them. */
export interface StatementsBody {
  statements: StatementBody[]
  has_more: boolean
  next_cursor: string | null
}

const instant = (description: string) => z.iso.datetime().openapi({ description })
const change = (description: string) => z.int().openapi({ description })

const statementSchema: z.ZodType<StatementBody> = z
  .object({
    statement_id: text('Tenant and first day: the same for ever.'),
    tenant_id: text('The tenant.'),
    plan: text('Id of its plan; null where it has none.').nullable(),
    plan_name: text('Name of its plan.').nullable(),
    status: z.enum(['open', 'closed']).openapi({ description: '`closed` from `closes_at` on.' }),
    start: instant('First instant of the period.'),
    end: instant('First instant after it.'),
    timezone: text('Zone of the subscription, in which the period begins at midnight.'),
    closes_at: instant('What arrives later is an adjustment: a day after the end.'),
    complete: z.boolean().openapi({
      description: 'false where calls of the period are no longer stored, so that the numbers are too low.',
    }),
    usage: z
      .object({
        calls: count('Calls to paid APIs, without refused ones.'),
        tokens: count('Their tokens.'),
        cost_exact: exactText('What providers asked for it'),
      })
      .openapi({ description: 'What was used.' }),
    price_exact: exactText('Price of the plan for a month'),
    meters: z
      .array(meterChargeSchema)
      .openapi({ description: 'What the plan counts, and what it comes to.' }),
    total_exact: exactText('Price and everything beyond what is included'),
    adjustment: z
      .object({
        calls: change('Calls that arrived after it was closed.'),
        tokens: change('Their tokens.'),
        cost_exact: exactText('By how much the cost has changed, also because calls were rated anew'),
        total_exact: exactText('By how much the total has changed'),
      })
      .openapi({ description: 'What has changed since it was closed; zeros while it is open.' }),
    balance_exact: exactText('Total and adjustment'),
  })
  .openapi('Statement')

/** A page of statements. */
export const statementsSchema: z.ZodType<StatementsBody> = z
  .object({
    statements: z.array(statementSchema),
    has_more: z.boolean().openapi({ description: 'Whether another page follows.' }),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: '`cursor` of the next page; null at the end.' }),
  })
  .openapi('Statements')

/** Shows one. `wholeSince` is when the oldest stored call may have begun, milliseconds. Pure. */
export function statementBody(statement: Statement, wholeSince: number): StatementBody {
  const { tenant, plan, name, period, closesAt, isClosed, charge } = statement
  return {
    statement_id: `${tenant}:${period.key.replace('month:', '')}`,
    tenant_id: tenant,
    plan: plan ?? null,
    plan_name: name ?? null,
    status: isClosed ? 'closed' : 'open',
    start: new Date(period.start).toISOString(),
    end: new Date(period.end).toISOString(),
    timezone: statement.timezone,
    closes_at: new Date(closesAt).toISOString(),
    complete: period.start >= wholeSince,
    usage: statement.usage,
    ...charge,
    adjustment: statement.adjustment,
    balance_exact: statement.balance,
  }
}

/** One row for each meter of each statement; without meters one with what was used. */
export function statementRows(statements: readonly StatementBody[]): object[] {
  return statements.flatMap(({ meters, ...statement }) =>
    meters.length === 0 ? [statement] : meters.map((meter) => ({ ...statement, ...meter })),
  )
}
