/**
 * The query API: every route that answers questions about usage, and its OpenAPI text.
 *
 * Invariant: it only ever reads, as the read-only user, and every error leaves as problem details.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { etag } from 'hono/etag'
import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { AccessControl } from '../access/access-control.ts'
import { admit } from '../access/scope.ts'
import type { Reader } from '../access/tenant-reader.ts'
import type { Alerting } from '../alerts/alerting.ts'
import type { DecisionLog } from '../budgets/decision-log.ts'
import type { Ledger } from '../budgets/ledger.ts'
import type { PlansConfig } from '../config/plans.ts'
import { QueryTooLarge, StoreUnavailable } from '../query/execute.ts'
import type { CreditRates } from '../rate/credits.ts'
import type { StripeSync } from '../stripe/stripe-sync.ts'
import { createAlertActions } from './alert-actions.ts'
import { createAlertLists } from './alert-lists.ts'
import { createBillingRoutes } from './billing.ts'
import { createBillingRetry, createBillingSync } from './billing-sync.ts'
import { createBudgets } from './budgets.ts'
import { createCompleteness } from './completeness.ts'
import { createDecisions } from './decisions.ts'
import { createEventRoutes } from './events.ts'
import { createExport } from './export.ts'
import { createForecast } from './forecast.ts'
import { createInsights } from './insights.ts'
import { createLimitsCheck } from './limits-check.ts'
import { createMeters } from './meters.ts'
import { createPlanCompare } from './plan-compare.ts'
import { createPlans } from './plans.ts'
import { createPricing } from './pricing.ts'
import { problem } from './problem.ts'
import { createQuality } from './quality.ts'
import { createRuns } from './runs.ts'
import { createStatements } from './statements.ts'
import { createStats } from './stats.ts'
import { createStream } from './stream.ts'
import { createTenants } from './tenants.ts'
import { createUsageBreakdowns } from './usage-breakdown.ts'
import { createUsageEvent } from './usage-event.ts'
import { createUsageSeries } from './usage-series.ts'
import { createUsageSummary } from './usage-summary.ts'
import { createUsageTrends } from './usage-trends.ts'

/** What the API needs. */
export interface ApiOptions {
  /** Client of the read-only user, bound to the database. */
  readonly reader: Reader
  /** Alerts and their messages; where it is absent there are none. */
  readonly alerting?: Alerting | undefined
  /** Who may ask; everyone where it is absent and nobody before it decided. */
  readonly access?: AccessControl | undefined
  /** The ledger of budgets; without one there are none. */
  readonly budgets?:
    | {
        readonly ledger: Ledger
        readonly decisions: Pick<DecisionLog, 'get'>
        plans(): PlansConfig
        creditsPerUsd(): string
        /** Meter → kind of its credits. */
        creditKinds?(): CreditRates['kinds']
      }
    | undefined
  /** What a billing provider was told; where it is absent, nothing. */
  readonly billing?: StripeSync | undefined
  /** The time, for calendar periods. */
  readonly now: () => Date
  /** Is told about errors that are answered with 500 or 503, with their cause. */
  readonly report?: (error: unknown) => void
}

/** Everything that answers with one body; what streams stands apart, because a tag needs the whole answer. */
const PARTS = [
  createBillingRoutes,
  createUsageSummary,
  createUsageSeries,
  createUsageBreakdowns,
  createUsageTrends,
  createEventRoutes,
  createUsageEvent,
  createMeters,
  createRuns,
  createTenants,
  createQuality,
  createCompleteness,
  createStats,
  createForecast,
  createInsights,
  createPricing,
  createBudgets,
  createLimitsCheck,
  createDecisions,
  createPlans,
  createPlanCompare,
  createStatements,
] as const
/** What answers little by little. */
const STREAMS = [createExport, createStream] as const
/** What must be seen as it is now. */
const LIVE = [createAlertLists, createBillingSync] as const
/** What changes something. */
const ACTIONS = [createAlertActions, createBillingRetry] as const
/** How long a client may show an answer without asking again, seconds. */
const MAX_AGE = 15

/** Creates the API; mount it at the root, after other routes under `/api`: it answers 404 for the rest of them. */
export function createApi(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  app.use('*', admit(options.access))
  const parts = PARTS.map((create) => create(options))
  const paths = [...new Set(parts.flatMap((part) => part.routes.map((route) => route.path))), '/openapi.json']
  for (const path of paths) app.use(path, etag(), cacheControl)
  for (const part of parts) app.route('/', part)
  const live = LIVE.map((create) => create(options))
  for (const path of new Set(live.flatMap((part) => part.routes.map((route) => route.path))))
    app.use(path, notKept)
  const streams = [...STREAMS.map((create) => create(options)), ...live]
  for (const stream of streams) app.route('/', stream)
  app.get('/openapi.json', (c) => c.json(openApiDocument(app)))
  const actions = ACTIONS.map((create) => create(options))
  for (const action of actions) app.route('/', action)
  const routes = [...parts, ...streams, ...actions].flatMap((part) => part.routes)
  for (const path of [...paths, ...routes.map((route) => route.path)]) app.all(path, refuseMethod(routes))
  app.onError((error, c) => failed(error, c, options.report))
  app.all('/api/*', refuseAddress)
  app.notFound(refuseAddress)
  return app
}

/** The OpenAPI 3.1 text of an app's routes. */
export function openApiDocument(app: OpenAPIHono): ReturnType<OpenAPIHono['getOpenAPI31Document']> {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Spanmeter',
      version: '1',
      description:
        'What services spend on paid APIs. Ranges are half-open. Costs are USD and come twice: as the nearest ' +
        'number, and as an exact decimal string whose name ends in `Exact` or `_exact`. Errors are RFC 9457 problem details.',
      license: { name: 'MIT' },
    },
    servers: [{ url: '/' }],
  })
}

const cacheControl = createMiddleware(async (c, next) => {
  await next()
  if (c.res.status === 200) c.header('Cache-Control', `private, max-age=${MAX_AGE}`)
})

const notKept = createMiddleware(async (c, next) => {
  await next()
  c.header('Cache-Control', 'no-store')
})

function refuseAddress(c: Context): Response {
  return problem(c, 'not-found', `cannot find ${c.req.path}; the addresses are in /openapi.json`)
}

/** Refuses what none of the routes of the same path takes. */
function refuseMethod(routes: readonly { readonly path: string; readonly method: string }[]) {
  return function refuseOtherMethods(c: Context): Response {
    const path = routePath(c)
    const methods = new Set(routes.filter((route) => route.path === path).map(({ method }) => method))
    const allowed = [...(methods.size === 0 ? ['GET'] : methods)]
    if (allowed.includes('GET')) allowed.push('HEAD')
    c.header('Allow', allowed.join(', '))
    const what = allowed.filter((method) => method !== 'HEAD').join(' and ')
    return problem(c, 'method-not-allowed', `cannot ${c.req.method} ${c.req.path}: it only answers ${what}`)
  }
}

function failed(error: Error, c: Context, report: ApiOptions['report']): Response {
  if (error instanceof QueryTooLarge) return problem(c, 'too-large', error.message)
  if (!c.req.raw.signal.aborted) report?.(error)
  if (error instanceof StoreUnavailable) return problem(c, 'store-unavailable', error.message)
  return problem(
    c,
    'internal',
    `cannot answer ${c.req.path}: an unexpected error; the collector's log says more`,
  )
}
