/**
 * The dashboards over HTTP: the page, what there is to draw, and the data of one panel at a time.
 *
 * Invariant: a browser sends ids, a range and values, never SQL, and never gets SQL to see; every error of
 * `/api` is problem details.
 */
import { type Dashboard, dashboards, type Frame, manifestOf } from '@spanmeter/dashboards'
import { type Context, Hono } from 'hono'
import type { AccessControl } from '../access/access-control.ts'
import { admit, readerOf, tenantOf } from '../access/scope.ts'
import type { Reader } from '../access/tenant-reader.ts'
import { type QueryContext, QueryTooLarge, StoreUnavailable } from '../query/execute.ts'
import { askedTogether, panelData, storeStatus, variableOptions } from './dashboard-data.ts'
import { type DashboardRequest, readRequest } from './dashboard-request.ts'
import { createPageRoutes, sameTag } from './page.ts'
import { type CachedAnswer, createPanelCache, TooBusy } from './panel-cache.ts'
import { badQuery, problem } from './problem.ts'

/** What the dashboards need. */
export interface DashboardOptions {
  /** Client of the read-only user, bound to the database. */
  readonly reader: Reader
  /** Who may ask; everyone where it is absent and nobody before it decided. */
  readonly access?: AccessControl | undefined
  /** The time, for ranges that move. */
  readonly now: () => Date
  /** Is told about errors that are answered with 500 or 503, with their cause. */
  readonly report?: (error: unknown) => void
}

/** Who asks for what, and by which key the answer is kept. */
interface Asked {
  readonly context: QueryContext
  readonly request: DashboardRequest
  readonly tenant: string | null
  readonly key: string
}
type Question = (asked: Asked) => Promise<CachedAnswer>

/** How long an answer is good for everyone who asks the same, ms. */
const LIFETIME = 5_000

/** Creates the routes `/`, `/d/*`, `/assets/*` and `/api/v1/dashboards*`; mount them at the root. */
export function createDashboardRoutes({ reader, access, now, report }: DashboardOptions): Hono {
  const app = new Hono()
  const clock = () => now().getTime()
  const cache = createPanelCache(clock, LIFETIME)

  /** Answers a question about a part of a dashboard, which `find` looks for. */
  const answer = async (c: Context, name: string, find: (dashboard: Dashboard) => Question | undefined) => {
    const dashboard = dashboards.find(({ uid }) => uid === c.req.param('uid'))
    if (!dashboard) return notFound(c, `there is no dashboard ${c.req.param('uid')}`)
    const question = find(dashboard)
    if (!question) return notFound(c, `dashboard ${dashboard.uid} has no ${name}`)
    const request = readRequest(new URL(c.req.url).searchParams, dashboard, clock())
    if (!('from' in request)) return badQuery(c, request)
    const tenant = tenantOf(c) ?? null
    const key = JSON.stringify([tenant, dashboard.uid, name, request])
    return respond(c, await question({ context: { reader: readerOf(c, reader) }, request, tenant, key }))
  }

  app.use('*', admit(access))
  app.route('/', createPageRoutes())
  app.get('/api/v1/dashboards', (c) => c.json({ dashboards: dashboards.map(manifestOf) }))
  app.get('/api/v1/dashboards/status', async (c) =>
    respond(
      c,
      await cache.get(JSON.stringify([tenantOf(c) ?? null, 'status']), () =>
        storeStatus({ reader: readerOf(c, reader) }),
      ),
    ),
  )
  app.get('/api/v1/dashboards/:uid/panels/:id/data', (c) =>
    answer(c, `panel ${c.req.param('id')}`, ({ panels }) => {
      const panel = panels.find(({ id }) => String(id) === c.req.param('id'))
      if (panel === undefined) return undefined
      return ({ key, context, request, tenant }) => {
        const at = clock()
        const together = askedTogether(panel, request, at)
        if (together === undefined) return cache.get(key, () => panelData(context, panel, request, at))
        const { query, first, work, pick } = together
        const keyOf = (sql: string) => JSON.stringify([tenant, sql])
        const whole = {
          key: keyOf(query),
          first: first && { key: keyOf(first.query), work: () => first.work(context) },
          work: (before?: Frame) => work(context, before),
        }
        return cache.getPart(key, whole, pick)
      }
    }),
  )
  app.get('/api/v1/dashboards/:uid/variables/:name/options', (c) =>
    answer(c, `variable ${c.req.param('name')}`, ({ variables }) => {
      const variable = variables.find(({ name }) => name === c.req.param('name'))
      if (variable === undefined) return undefined
      return ({ key, context, request, tenant }) => {
        // one question for all variables, whatever is chosen of them
        const all = JSON.stringify([tenant, 'variables', request.from, request.to])
        const whole = { key: all, work: () => variableOptions(context, request) }
        return cache.getPart(key, whole, (options) => ({ options: options.get(variable.name) ?? [] }))
      }
    }),
  )
  app.onError((error, c) => failed(error, c, report))
  return app
}

function respond(c: Context, { body, etag }: CachedAnswer): Response {
  c.header('ETag', etag)
  c.header('Cache-Control', 'private, no-cache')
  if (sameTag(c.req.header('if-none-match'), etag)) return c.body(null, 304)
  c.header('Content-Type', 'application/json')
  c.header('X-Content-Type-Options', 'nosniff')
  return c.body(body)
}

function notFound(c: Context, cause: string): Response {
  return problem(
    c,
    'not-found',
    `cannot find ${c.req.path}: ${cause}; /api/v1/dashboards lists what there is`,
  )
}

function failed(error: Error, c: Context, report: DashboardOptions['report']): Response {
  if (error instanceof QueryTooLarge) return problem(c, 'too-large', error.message)
  report?.(error)
  if (error instanceof StoreUnavailable || error instanceof TooBusy)
    return problem(c, 'store-unavailable', error.message)
  return problem(
    c,
    'internal',
    `cannot answer ${c.req.path}: an unexpected error; the collector's log says more`,
  )
}
