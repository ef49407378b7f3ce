/**
 * The collector, wired: receive → spool → write, and beside it the API and the page on one port.
 *
 * Invariant: the only file that knows every stage; a stage knows the next one by one method.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { LiveAccess } from './access/live-access.ts'
import type { Alerting } from './alerts/alerting.ts'
import { configuredBudgets } from './budgets/configured.ts'
import type { OpenLedger } from './budgets/open-ledger.ts'
import { recordStandings } from './budgets/standings.ts'
import { type ConfigChanges, compareConfigs } from './config/changes.ts'
import type { ConfigFile } from './config/config-file.ts'
import type { CollectorConfig } from './config/schema.ts'
import { checkAddress, listen } from './listen.ts'
import { openAlerting } from './open-alerting.ts'
import { openBudgets } from './open-budgets.ts'
import { openGrpc } from './open-grpc.ts'
import { createHttp } from './open-http.ts'
import { openPipeline, type Pipeline } from './open-pipeline.ts'
import { openStripe } from './open-stripe.ts'
import { setOwnPrices } from './rate/rate-span.ts'
import { createCreditRecorder } from './self/credit-rates.ts'
import { createMissingCounter } from './self/missing-spans.ts'
import { createPriceRecorder } from './self/model-prices.ts'
import { createTermsRecorder } from './self/plan-terms.ts'
import { recordSelf } from './self/record.ts'
import { createRepeatRecorder } from './self/repeats.ts'
import { lockSpool } from './spool/lock.ts'
import { createRetentionMarker } from './write/retention.ts'
import { openStore, type Store } from './write/store.ts'
import { watchStore } from './write/watch-store.ts'
import { takeRetries } from './writer-events.ts'

/** A running collector. */
export interface Collector {
  /** `http://host:port`, with the port that it really has. */
  url: string
  /** `host:port` of OTLP/gRPC, where it is received. */
  grpc?: string
  /** What is being stored where, for people. */
  description: string
  /** Reads the configuration again. Throws `ConfigError` and changes nothing when it cannot be used. */
  reload(): Promise<ConfigChanges>
  /** Stops accepting, stores what it can within `drainMs`, stops the engine. Returns how many segments remain. */
  close(drainMs?: number): Promise<number>
}

export interface CollectorOptions {
  config: CollectorConfig
  log: Logger
  now?: () => number
  /** How a new configuration is read; without it there is only the one given. Throws `ConfigError`. */
  readConfig?: () => CollectorConfig
  /** Where a new configuration is written; without it none can be sent. */
  configFile?: ConfigFile | undefined
}

/** Starts everything. Throws one sentence when it cannot; nothing is left running then. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { config, log, now = Date.now, readConfig = () => config } = options
  await checkAddress(config)
  const undo: (() => Promise<unknown>)[] = []
  let pipeline: Pipeline | undefined
  try {
    const access = await LiveAccess.open({
      ...{ config, now, log },
      refused: (reason) => pipeline?.metrics.accessRefused.inc({ reason }),
    })
    undo.push(async () => access.close())
    const usedBefore = existsSync(join(resolve(config.dataDir), 'spool'))
    const unlock = await lockSpool(resolve(config.dataDir))
    undo.push(unlock)
    const store = await open(config, log)
    undo.push(() => store.close())
    const parts = await openPipeline(config, store, log, now)
    pipeline = parts
    undo.push(() => parts.stop())
    const budgets = await openBudgets(config, store, parts.metrics, usedBefore, log, now)
    undo.push(() => budgets.close())
    const alerting = await openAlerting(config, store, budgets, parts.metrics, log, now)
    undo.push(() => alerting.stop())
    const billing = await openStripe(config, store, parts.metrics, log, now)
    undo.push(() => billing.stop())
    setOwnPrices(config.prices)
    let current = config
    const recordTerms = createTermsRecorder(store.client, () => current)
    const reload = async () => {
      const next = readConfig()
      const changes = compareConfigs(current, next)
      await access.reload(next)
      current = next
      setOwnPrices(next.prices)
      log.level = next.logLevel
      budgets.ledger.book.configure(configuredBudgets(next))
      alerting.configure(next)
      billing.configure(next)
      // what fails now is tried again with everything else that is recorded
      recordTerms(now()).catch((err) => log.debug({ err }, 'cannot store the terms of plans; trying again'))
      if (server instanceof TlsServer && access.tls !== undefined) server.setSecureContext(access.tls)
      log.info(changes, 'read the configuration again')
      return changes
    }
    const server = createHttp({
      config: () => current,
      reload,
      configFile: options.configFile,
      access,
      store,
      ...parts,
      budgets,
      alerting,
      billing,
      log,
      now,
    })
    const grpc = await openGrpc(config, access, parts, log)
    undo.push(async () => grpc?.close(0))
    await listen(server, config)
    void parts.start()
    alerting.start()
    billing.start()
    const noMoreRetries = takeRetries(parts.spool, log)
    undo.push(async () => noMoreRetries())
    const address = server.address() as { port: number }
    const watch = watchStore(store, parts.metrics.storeUp, log)
    const self = recordSelf({
      client: store.client,
      registry: parts.metrics.registry,
      port: address.port,
      now,
      failed: (err) => log.debug({ err }, 'cannot store what the collector counts; trying again'),
      steps: [
        createRepeatRecorder(store.client, parts.repeats),
        createPriceRecorder(store.client),
        createCreditRecorder(store.client, () => current.credits),
        recordTerms,
        createRetentionMarker(store.client, config.retention),
        createMissingCounter(store.reader, parts.metrics.missingSpans),
      ],
    })
    const budgetSamples = recordStandings({
      ...{ client: store.client, ledger: budgets.ledger, now },
      failed: (err) => log.debug({ err }, 'cannot store how budgets stand; trying again'),
    })
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    let closing: Promise<number> | undefined
    return {
      url: `http${access.tls === undefined ? '' : 's'}://${host}:${address.port}`,
      ...(grpc !== undefined && { grpc: `${host}:${grpc.port}` }),
      description: store.description,
      reload,
      close(drainMs = 4000) {
        noMoreRetries()
        access.close()
        const noMore = grpc?.close(Math.min(500, drainMs)) ?? Promise.resolve()
        closing ??= close(
          server,
          noMore,
          parts,
          budgets,
          alerting,
          store,
          unlock,
          [self, budgetSamples, billing, watch],
          drainMs,
        )
        return closing
      },
    }
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => {})
    throw error
  }
}

function open(config: CollectorConfig, log: Logger): Promise<Store> {
  const { url, readerUrl } = config.clickhouse
  return openStore({
    dataDir: resolve(config.dataDir),
    retention: config.retention,
    wait: true,
    ...(url !== undefined && { server: { url, ...(readerUrl !== undefined && { readerUrl }) } }),
    log: (line) => log.info(line),
  })
}

async function close(
  server: Server | TlsServer,
  grpcClosed: Promise<void>,
  { spool, writer, stop }: Pipeline,
  budgets: OpenLedger,
  alerting: Alerting,
  store: Store,
  unlock: () => Promise<void>,
  recorders: readonly { stop(): Promise<void> }[],
  drainMs: number,
): Promise<number> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  // an exporter keeps its connection open; what it sends in this moment is still answered
  const force = setTimeout(() => server.closeAllConnections(), Math.min(500, drainMs))
  await Promise.all([closed, grpcClosed])
  clearTimeout(force)
  await spool.flush()
  const atMost = (ms: number) => new Promise((done) => setTimeout(done, ms).unref())
  // a store that was never there takes nothing in this moment either
  if (store.missing() === undefined) await Promise.race([writer.drained(), atMost(drainMs)])
  // what is being told is told again after the next start
  await Promise.race([
    Promise.all([stop(), ...[alerting, ...recorders].map((one) => one.stop())]),
    atMost(500),
  ])
  await budgets.close()
  await store.close()
  await unlock()
  return spool.segments
}
