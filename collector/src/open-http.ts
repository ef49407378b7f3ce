/**
 * What a collector answers over HTTP, put together: receivers, leases, API, dashboards, health.
 *
 * Invariant: whatever is answered passes the access control; what can be configured anew is read when it is used.
 */
import type { Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { Hono } from 'hono'
import type { Logger } from 'pino'
import type { LiveAccess } from './access/live-access.ts'
import { admit } from './access/scope.ts'
import type { Alerting } from './alerts/alerting.ts'
import { createApi } from './api/app.ts'
import { createConfigRoutes } from './api/config.ts'
import { createDashboardRoutes } from './api/dashboards.ts'
import { createRerateRoute } from './api/rerate.ts'
import { createLeaseRoute } from './budgets/lease-route.ts'
import type { OpenLedger } from './budgets/open-ledger.ts'
import type { ConfigChanges } from './config/changes.ts'
import type { ConfigFile } from './config/config-file.ts'
import type { CollectorConfig } from './config/schema.ts'
import { isLoopback } from './guard.ts'
import type { Metrics } from './metrics.ts'
import type { Intake } from './receive/intake.ts'
import { createTracesHandler } from './receive/traces.ts'
import { createUsageHandler } from './receive/usage.ts'
import { createCollectorServer } from './server.ts'
import type { Spool } from './spool/spool.ts'
import type { StripeSync } from './stripe/stripe-sync.ts'
import type { Store } from './write/store.ts'
import { inTime } from './write/watch-store.ts'
import type { Writer } from './write/writer.ts'

/** The stages that answer. */
export interface HttpParts {
  /** As it holds now. */
  config: () => CollectorConfig
  /** Reads the configuration again and takes it over. */
  reload: () => Promise<ConfigChanges>
  /** Where a new one is written. */
  configFile: ConfigFile | undefined
  access: LiveAccess
  store: Store
  intake: Intake
  spool: Spool
  metrics: Metrics
  budgets: OpenLedger
  alerting: Alerting
  billing: StripeSync
  writer: Pick<Writer, 'changeStored'>
  log: Logger
  now: () => number
}

/** Probes need no token, so where the store is stays in the log. */
const NOT_YET = 'ClickHouse was not reached yet: what is accepted waits in the spool; the log says why'

const FILLING =
  'rollups are being filled after an update: what is accepted waits in the spool; the log says how far it is'

/** Creates the server; it does not listen yet. */
export function createHttp(parts: HttpParts): Server | TlsServer {
  const { access, store, intake, spool, metrics, budgets, alerting, billing, log, now } = parts
  const { ledger, decisions } = budgets
  const { host, receive } = parts.config()
  const report = (error: unknown) => log.error({ err: error }, 'cannot answer a request')
  const clock = () => new Date(now())
  const counted =
    (encoding: string) =>
    ({ status, reason, bytes }: { status: number; reason: string; bytes: number }) => {
      metrics.requests.inc({ code: String(status), reason })
      metrics.receivedBytes.inc({ encoding }, bytes)
    }
  const app = new Hono()
  app.use('*', admit(access.control))
  app.route('/', createDashboardRoutes({ reader: store.reader, now: clock, report }))
  app.route(
    '/',
    createLeaseRoute({
      async exchange(request) {
        const heard = { instance: request.instance, heardAt: now() }
        decisions.add((request.decisions ?? []).map((decision) => ({ ...decision, ...heard })))
        return ledger.exchange(request)
      },
      report,
    }),
  )
  app.route('/', createConfigRoutes(parts))
  const { client } = store
  const changeStored: Writer['changeStored'] = (change, hours) => parts.writer.changeStored(change, hours)
  app.route('/', createRerateRoute({ client, changeStored, kept: () => store.kept(), now, report }))
  app.route(
    '/',
    createApi({
      reader: store.reader,
      alerting,
      billing,
      budgets: {
        ...{ ledger, decisions, plans: parts.config },
        creditsPerUsd: () => parts.config().credits.perUsd,
        creditKinds: () => parts.config().credits.kinds,
      },
      now: clock,
      report,
    }),
  )
  return createCollectorServer({
    loopbackOnly: isLoopback(host),
    access,
    traces: createTracesHandler({
      acceptor: intake,
      maxBodyBytes: receive.maxBodyBytes,
      onAnswer: (answer) => counted(answer.kind)(answer),
      report,
    }),
    usage: createUsageHandler({
      acceptor: intake,
      maxBodyBytes: receive.maxBodyBytes,
      meters: () => parts.config().meters,
      now,
      onAnswer: counted('cloudevents'),
      report,
    }),
    app,
    registry: metrics.registry,
    missing: () => (store.missing() === undefined ? undefined : waitsFor(store)),
    notReady: async () => {
      const missing: string[] = []
      if (store.missing() !== undefined) missing.push(waitsFor(store))
      else if (!(await inTime(store.answers()))) missing.push('ClickHouse does not answer')
      if (spool.full) missing.push('the spool is full')
      return missing
    },
    report,
  })
}

function waitsFor(store: Store): string {
  return store.filling() ? FILLING : NOT_YET
}
