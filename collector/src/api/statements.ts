/**
 * `GET /api/v1/statements`: what each month of each tenant comes to on its plan.
 *
 * Invariant: pages are in the order of tenants, the newest month of each first; a cursor continues the question that
 * it came from.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { monthUsage } from '../budgets/month-usage.ts'
import { type BudgetPeriod, type PeriodRule, periodAt } from '../budgets/period.ts'
import { countsRuns, ruleOf } from '../budgets/plan-budgets.ts'
import { CLOSES_AFTER_MS, statementOf, statementPeriods } from '../budgets/statement.ts'
import type { PlansConfig } from '../config/plans.ts'
import { closedUsage } from '../query/closed-usage.ts'
import { decodePlace, encodePlace, fingerprint } from '../query/cursor.ts'
import { execute, type QueryContext } from '../query/execute.ts'
import { tenantNames } from '../query/tenants.ts'
import type { ApiOptions } from './app.ts'
import { cursorParameter } from './cursor-parameter.ts'
import { createEndpoint } from './endpoint.ts'
import { plansOf } from './plans.ts'
import { type StatementBody, statementBody, statementRows, statementsSchema } from './statement-schema.ts'
import { tableOf } from './table.ts'
import { wholeNumber } from './whole-number.ts'

const MAX_MONTHS = 12
const PLACE = z.strictObject({
  v: z.literal(1),
  of: z.string(),
  tenant: z.string().max(256),
  start: z.int(),
})

/** A month of a tenant, before anything is known of it. */
interface Wanted {
  readonly tenant: string
  readonly period: BudgetPeriod
}

/** Creates the endpoint. */
export function createStatements(options: ApiOptions): OpenAPIHono {
  const query = {
    tenant_id: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .openapi({ description: 'Only this tenant; absent = every one.', example: 'acme' }),
    months: wholeNumber('months', MAX_MONTHS, MAX_MONTHS, 'How many months back, beside the one that runs.'),
    status: z.enum(['open', 'closed']).optional().openapi({ description: 'Only these.' }),
    limit: wholeNumber('limit', 500, 100, 'Statements per page.'),
    cursor: cursorParameter,
  }
  return createEndpoint(options, {
    path: '/api/v1/statements',
    operationId: 'listStatements',
    summary: 'Statements of tenants',
    description:
      'What each month of a tenant comes to on its plan, as it is configured now. A statement is closed a day after ' +
      'its month; what arrives or is rated anew later is an adjustment of it.',
    query,
    schema: statementsSchema,
    example: { statements: [exampleStatement()], has_more: false, next_cursor: null },
    table: ({ statements }) => tableOf('statements', statementRows(statements)),
    async answer({ query, now, context, tenant }) {
      const { cursor, limit, ...question } = query
      const of = fingerprint(question)
      const place = cursor === undefined ? undefined : decodePlace(cursor, PLACE)
      if (cursor !== undefined && place?.of !== of)
        return [{ name: 'cursor', detail: 'is no cursor of this question; leave it out to start anew' }]
      const config = plansOf(options)
      const isWanted = ({ tenant, period }: Wanted) =>
        (query.status === undefined || (query.status === 'closed') === isClosed(period, now)) &&
        (place === undefined || tenant !== place.tenant || period.start < place.start)
      const only = tenant ?? query.tenant_id
      const wanted = (await tenantsFrom(context, config, only, place?.tenant ?? '', limit, now, query.months))
        .filter((name) => query.tenant_id === undefined || name === query.tenant_id)
        .flatMap((name) => {
          const subscription = config.subscriptions.find((one) => one.tenant === name)
          const periods = statementPeriods(subscription, now, query.months)
          return periods.map((period): Wanted => ({ tenant: name, period }))
        })
        .filter(isWanted)
      const page = wanted.slice(0, limit)
      const last = page.at(-1)
      const more = wanted.length > limit
      const next =
        more && last !== undefined ? encodePlace({ of, tenant: last.tenant, start: last.period.start }) : null
      const perUsd = options.budgets?.creditsPerUsd() ?? '100'
      return {
        statements: await statementsOf(context, options, { ...config, creditsPerUsd: perUsd }, page, now),
        has_more: more,
        next_cursor: next,
      }
    },
  })
}

function isClosed(period: BudgetPeriod, now: number): boolean {
  return now >= period.end + CLOSES_AFTER_MS
}

/** Tenants in their order, from the one of the cursor on: enough of them to fill a page and show that there is more. */
async function tenantsFrom(
  context: QueryContext,
  { subscriptions }: PlansConfig,
  only: string | undefined,
  from: string,
  limit: number,
  now: number,
  months: number,
): Promise<string[]> {
  if (only !== undefined) return [only]
  const since = statementPeriods(undefined, now, months).at(-1)?.start ?? 0
  const seen = await tenantNames(context, since, from, limit + 1)
  const subscribed = subscriptions.map(({ tenant }) => tenant).filter((tenant) => byBytes(tenant, from) > 0)
  const names = [...new Set([...seen, ...subscribed])].sort(byBytes)
  return [...(from === '' ? [] : [from]), ...names].slice(0, limit + 2)
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Asks once for all tenants whose months are the same. */
async function statementsOf(
  context: QueryContext,
  { reader }: ApiOptions,
  config: PlansConfig & { creditsPerUsd: string },
  page: readonly Wanted[],
  now: number,
): Promise<StatementBody[]> {
  const groups = new Map<string, { rule: PeriodRule; tenants: Set<string>; months: BudgetPeriod[] }>()
  const ruleFor = ({ tenant }: Wanted) => ruleOf(config.subscriptions.find((one) => one.tenant === tenant))
  const groupOf = (one: Wanted) => JSON.stringify(ruleFor(one))
  for (const one of page) {
    const group = groups.get(groupOf(one)) ?? { rule: ruleFor(one), tenants: new Set(), months: [] }
    group.tenants.add(one.tenant)
    group.months.push(one.period)
    groups.set(groupOf(one), group)
  }
  const removed = await removedBefore({ ...context, reader })
  const answers = new Map<string, Awaited<ReturnType<typeof closedUsage>>>()
  const asked = { runs: countsRuns(config), closesAfter: CLOSES_AFTER_MS, removedBefore: removed }
  for (const [key, { rule, tenants, months }] of groups)
    answers.set(
      key,
      await closedUsage(context, { ...asked, tenants: [...tenants], months: whole(rule, months) }),
    )
  return page.map((one) => {
    const usage = answers.get(groupOf(one))
    if (usage === undefined) throw new Error(`cannot find what ${one.tenant} used`)
    const { tenant, period } = one
    const month = {
      closed: monthUsage(usage.closed, tenant, period.start),
      present: monthUsage(usage.present, tenant, period.start),
    }
    return statementBody(statementOf(config, tenant, period, month, now), removed)
  })
}

/** The months from the first to the last of them, without a gap: what is asked is one range. */
function whole(rule: PeriodRule, months: readonly BudgetPeriod[]): BudgetPeriod[] {
  const last = Math.max(...months.map(({ start }) => start))
  const all = [periodAt(rule, Math.min(...months.map(({ start }) => start)))]
  for (let month = all[0]; month !== undefined && month.start < last; month = all.at(-1))
    all.push(periodAt(rule, month.end))
  return all
}

/** Calls that began before may no longer be stored, milliseconds; it is no tenant's. */
async function removedBefore(context: QueryContext): Promise<number> {
  const [row] = await execute<{ before: number }>(
    context,
    'what was removed',
    `SELECT toUnixTimestamp(max(removed_before)) AS before FROM retention_marks WHERE name = 'spans'`,
    {},
  )
  return Number(row?.before ?? 0) * 1000
}

function exampleStatement(): StatementBody {
  const period = periodAt(ruleOf(undefined), Date.UTC(2026, 1, 10))
  const config = {
    ...{ creditsPerUsd: '100', defaultPlan: 'basic', subscriptions: [] },
    plans: {
      basic: {
        ...{ name: 'Basic', price: '29' },
        meters: { api_call: { included: '1000', overageUnitPrice: '0.01' } },
      },
    },
  }
  const used = (calls: bigint) => ({
    ...{ usd: calls * 10n ** 10n, tokens: calls * 100n * 10n ** 12n, calls: calls * 10n ** 12n },
    ...{ meters: new Map(), runs: [] },
  })
  const usage = { closed: used(1150n), present: used(1152n) }
  return statementBody(statementOf(config, 'acme', period, usage, Date.UTC(2026, 2, 24)), 0)
}
