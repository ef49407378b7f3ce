/**
 * `GET /api/v1/statements`: what each month of each tenant comes to on its plan.
 *
 * Invariant: pages are in the order of tenants, the newest month of each first; a cursor continues the question that
 * it came from.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { monthUsage } from '../budgets/month-usage.ts'
import { type BudgetPeriod, monthsOf, periodAt } from '../budgets/period.ts'
import { countsRuns } from '../budgets/plan-budgets.ts'
import { CLOSES_AFTER_MS, statementOf, statementPeriods, termsFor } from '../budgets/statement.ts'
import { type Terms, type TermsConfig, termsOf } from '../budgets/terms.ts'
import { TermsHistory } from '../budgets/terms-history.ts'
import { closedUsage } from '../query/closed-usage.ts'
import { decodePlace, encodePlace, fingerprint } from '../query/cursor.ts'
import { execute, type QueryContext } from '../query/execute.ts'
import { planTerms, subscribedSince } from '../query/plan-terms.ts'
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
  readonly history: TermsHistory
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
      'What each month of a tenant comes to on its plan, with the terms that held when it ended. A statement is closed ' +
      'a day after its month; what arrives or is rated anew later is an adjustment of it.',
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
      const config = { ...plansOf(options), creditsPerUsd: options.budgets?.creditsPerUsd() ?? '100' }
      const isWanted = ({ tenant, period }: Wanted) =>
        (query.status === undefined || (query.status === 'closed') === isClosed(period, now)) &&
        (place === undefined || tenant !== place.tenant || period.start < place.start)
      const whole = { ...context, reader: options.reader }
      const only = tenant ?? query.tenant_id
      const since = now - (query.months + 2) * LONGEST_MONTH_MS
      const names =
        only === undefined
          ? await tenantsFrom({ context, whole, config }, place?.tenant ?? '', limit, since)
          : [only]
      const periodsOf = remembered((history) => statementPeriods(history, now, query.months))
      const wanted = (await historiesOf(whole, config, names, now))
        .filter(({ name }) => query.tenant_id === undefined || name === query.tenant_id)
        .flatMap(({ name, history }) =>
          periodsOf(history).map((period): Wanted => ({ tenant: name, period, history })),
        )
        .filter(isWanted)
      const page = wanted.slice(0, limit)
      const last = page.at(-1)
      const more = wanted.length > limit
      const next =
        more && last !== undefined ? encodePlace({ of, tenant: last.tenant, start: last.period.start }) : null
      return {
        statements: await statementsOf(context, whole, page, now),
        has_more: more,
        next_cursor: next,
      }
    },
  })
}

function isClosed(period: BudgetPeriod, now: number): boolean {
  return now >= period.end + CLOSES_AFTER_MS
}

/** What a month lasts at most. */
const LONGEST_MONTH_MS = 31 * 86_400_000

/** Tenants in their order, from the one of the cursor on: enough of them to fill a page and show that there is more. */
async function tenantsFrom(
  store: { context: QueryContext; whole: QueryContext; config: TermsConfig },
  from: string,
  limit: number,
  since: number,
): Promise<string[]> {
  const seen = await tenantNames(store.context, since, from, limit + 1)
  const before = await subscribedSince(store.whole, since, from, limit + 1)
  const subscribed = store.config.subscriptions
    .map(({ tenant }) => tenant)
    .filter((tenant) => byBytes(tenant, from) > 0)
  const names = [...new Set([...seen, ...before, ...subscribed])].sort(byBytes)
  return [...(from === '' ? [] : [from]), ...names].slice(0, limit + 2)
}

/** Finds the months of tenants whose months are the same once. */
function remembered(periods: (history: TermsHistory) => BudgetPeriod[]): typeof periods {
  const known = new Map<string, BudgetPeriod[]>()
  return (history) => {
    const found = known.get(history.months) ?? periods(history)
    known.set(history.months, found)
    return found
  }
}

async function historiesOf(
  whole: QueryContext,
  config: TermsConfig,
  names: readonly string[],
  now: number,
): Promise<{ name: string; history: TermsHistory }[]> {
  const records = await planTerms(whole, names)
  const subscriptions = new Map(config.subscriptions.map((one) => [one.tenant, one]))
  return names.map((name) => {
    const present = termsOf(config, subscriptions.get(name))
    const known = { present, now, own: records.get(name), others: records.get('') }
    return { name, history: new TermsHistory(known) }
  })
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Asks once for all tenants whose months are the same. */
async function statementsOf(
  context: QueryContext,
  whole: QueryContext,
  page: readonly Wanted[],
  now: number,
): Promise<StatementBody[]> {
  const groups = new Map<string, { history: TermsHistory; tenants: Set<string>; months: BudgetPeriod[] }>()
  for (const { history, tenant, period } of page) {
    const group = groups.get(history.months) ?? { history, tenants: new Set(), months: [] }
    group.tenants.add(tenant)
    group.months.push(period)
    groups.set(history.months, group)
  }
  const removed = await removedBefore(whole)
  const rated = page.map((one) => ({ ...one, terms: termsFor(one.history, one.period, now) }))
  const runs = rated.some(({ terms }) => countsRuns(terms.meters))
  const asked = { runs, closesAfter: CLOSES_AFTER_MS, removedBefore: removed }
  const answers = new Map<string, Awaited<ReturnType<typeof closedUsage>>>()
  for (const [key, { history, tenants, months }] of groups) {
    const question = { ...asked, tenants: [...tenants], months: withoutGaps(history, months) }
    answers.set(key, await closedUsage(context, question))
  }
  return rated.map(({ history, tenant, period, terms }) => {
    const usage = answers.get(history.months)
    if (usage === undefined) throw new Error(`cannot find what ${tenant} used`)
    const month = {
      closed: monthUsage(usage.closed, tenant, period.start),
      present: monthUsage(usage.present, tenant, period.start),
    }
    return statementBody(statementOf(terms, tenant, period, month, now), removed)
  })
}

/** The months from the first to the last of them: what is asked is one range. */
function withoutGaps(history: TermsHistory, months: readonly BudgetPeriod[]): BudgetPeriod[] {
  const last = Math.max(...months.map(({ start }) => start))
  const all = [history.periodAt(Math.min(...months.map(({ start }) => start)))]
  for (let month = all[0]; month !== undefined && month.start < last; month = all.at(-1))
    all.push(history.periodAt(month.end))
  return all
}

/** Of what began before, something that statements are made of may be gone, milliseconds; it is no tenant's. */
async function removedBefore(context: QueryContext): Promise<number> {
  const [row] = await execute<{ before: number }>(
    context,
    'what was removed',
    `SELECT toUnixTimestamp(max(removed_before)) AS before FROM retention_marks
     WHERE name IN ('spans', 'rollup_cost_hour', 'rollup_cost_day', 'rollup_run_hour')`,
    {},
  )
  return Number(row?.before ?? 0) * 1000
}

function exampleStatement(): StatementBody {
  const period = periodAt(monthsOf({ timezone: 'UTC', anchorDay: 1 }), Date.UTC(2026, 1, 10))
  const terms: Terms = {
    ...{ plan: 'basic', name: 'Basic', price: '29', creditsPerUsd: '100', timezone: 'UTC', anchorDay: 1 },
    meters: { api_call: { included: '1000', overageUnitPrice: '0.01' } },
  }
  const used = (calls: bigint) => ({
    ...{ usd: calls * 10n ** 10n, tokens: calls * 100n * 10n ** 12n, calls: calls * 10n ** 12n },
    ...{ meters: new Map(), runs: [] },
  })
  const usage = { closed: used(1150n), present: used(1152n) }
  return statementBody(statementOf(terms, 'acme', period, usage, Date.UTC(2026, 2, 24)), 0)
}
