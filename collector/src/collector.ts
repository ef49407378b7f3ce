/**
 * The collector, wired: receive → spool → write, and beside it the API and the page on one port.
 *
 * Invariant: the only file that knows every stage; a stage knows the next one by one method.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
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
import type { CollectorConfig } from './config/schema.ts'
import { measureDisk } from './disk-metrics.ts'
import { checkAddress, listen } from './listen.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openAlerting } from './open-alerting.ts'
import { openBudgets } from './open-budgets.ts'
import { openGrpc } from './open-grpc.ts'
import { createHttp } from './open-http.ts'
import { setOwnPrices } from './rate/rate-span.ts'
import { Decoders } from './receive/decode.ts'
import { Intake } from './receive/intake.ts'
import { Repeats } from './receive/repeats.ts'
import { SpanMemory } from './receive/span-memory.ts'
import { createMissingCounter } from './self/missing-spans.ts'
import { createPriceRecorder } from './self/model-prices.ts'
import { recordSelf } from './self/record.ts'
import { createRepeatRecorder } from './self/repeats.ts'
import { decodeFrames } from './spool/frame.ts'
import { lockSpool } from './spool/lock.ts'
import { Quarantine } from './spool/quarantine.ts'
import { readSegment } from './spool/read-segment.ts'
import type { SealedSegment } from './spool/segment.ts'
import { Spool } from './spool/spool.ts'
import { Peers } from './write/peers.ts'
import { openStore, type Store } from './write/store.ts'
import { readStoredSpans } from './write/stored-spans.ts'
import { Writer } from './write/writer.ts'
import { keepApart, takeRetries, writerEvents } from './writer-events.ts'

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
    const parts = await createPipeline(config, store, log, now)
    pipeline = parts
    undo.push(() => parts.writer.stop())
    undo.push(async () => parts.peers.close())
    const budgets = await openBudgets(config, store, parts.metrics, usedBefore, log, now)
    undo.push(() => budgets.close())
    const alerting = await openAlerting(config, store, budgets, parts.metrics, log, now)
    undo.push(() => alerting.stop())
    setOwnPrices(config.prices)
    let current = config
    const reload = async () => {
      const next = readConfig()
      const changes = compareConfigs(current, next)
      await access.reload(next)
      current = next
      setOwnPrices(next.prices)
      log.level = next.logLevel
      budgets.ledger.book.configure(configuredBudgets(next))
      alerting.configure(next)
      if (server instanceof TlsServer && access.tls !== undefined) server.setSecureContext(access.tls)
      log.info(changes, 'read the configuration again')
      return changes
    }
    const server = createHttp({
      config: () => current,
      reload,
      access,
      store,
      ...parts,
      budgets,
      alerting,
      log,
      now,
    })
    const grpc = await openGrpc(config, access, parts, log)
    undo.push(async () => grpc?.close(0))
    await listen(server, config)
    parts.writer.start()
    alerting.start()
    const noMoreRetries = takeRetries(parts.spool, log)
    undo.push(async () => noMoreRetries())
    const address = server.address() as { port: number }
    const self = recordSelf({
      client: store.client,
      registry: parts.metrics.registry,
      port: address.port,
      now,
      failed: (err) => log.debug({ err }, 'cannot store what the collector counts; trying again'),
      steps: [
        createRepeatRecorder(store.client, parts.repeats),
        createPriceRecorder(store.client),
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
          [self, budgetSamples],
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

/** How long a request is held up at most where the store falls behind: much less than exporters wait. */
const MAX_HOLD_MS = 250

interface Pipeline {
  intake: Intake
  spool: Spool
  writer: Writer
  peers: Peers
  metrics: Metrics
  repeats: Repeats
}

function open(config: CollectorConfig, log: Logger): Promise<Store> {
  const { url, readerUrl } = config.clickhouse
  return openStore({
    dataDir: resolve(config.dataDir),
    ...(url !== undefined && { server: { url, ...(readerUrl !== undefined && { readerUrl }) } }),
    log: (line) => log.info(line),
  })
}

async function createPipeline(
  config: CollectorConfig,
  store: Store,
  log: Logger,
  now: () => number,
): Promise<Pipeline> {
  const { rememberMs, rememberSpans } = config.receive
  const memory = new SpanMemory({ maxSpans: rememberSpans, windowMs: rememberMs })
  const quarantine = new Quarantine(resolve(config.dataDir))
  const metrics = createMetrics(() => spool, memory, now)
  measureDisk(metrics.registry, join(resolve(config.dataDir), 'spool'), config.spool.maxBytes, quarantine)
  const decoders = new Decoders()
  const repeats = new Repeats()
  const leftOver: SealedSegment[] = []
  const spool: Spool = new Spool({
    directory: join(resolve(config.dataDir), 'spool'),
    ...config.spool,
    now,
    onSealed: (segment) => {
      if (segment.leftOver) leftOver.push(segment)
      writer.add(segment)
    },
  })
  const peers = await Peers.join({ client: store.client, dataDir: resolve(config.dataDir), now })
  const writer = new Writer({
    client: store.client,
    peers: () => peers.active(),
    read: (segment, leaveOut) => readSegment(segment, decoders, leaveOut, repeats),
    keepApart: keepApart(quarantine, metrics, log, now),
    done: (segment) => spool.remove(segment),
    now,
    events: writerEvents(metrics, log),
  })
  const intake = new Intake({
    spool,
    memory,
    repeats,
    now,
    relief: () => writer.relief(MAX_HOLD_MS),
    onDecoded: ({ accepted, rejected, duplicates, late, ahead, cut, firstReason }, seconds) => {
      metrics.decodeSeconds.inc(seconds)
      metrics.spans.inc({ result: 'accepted' }, accepted)
      if (duplicates > 0) metrics.spans.inc({ result: 'duplicate' }, duplicates)
      if (rejected > 0) metrics.spans.inc({ result: firstReason ?? 'rejected' }, rejected)
      if (late > 0) metrics.lateSpans.inc(late)
      if (ahead > 0) metrics.aheadSpans.inc(ahead)
      if (cut > 0) metrics.attributesCut.inc(cut)
    },
  })
  memory.advance(now())
  const limit = Math.floor(rememberSpans / 2)
  const since = now() - rememberMs
  const recalled = await readStoredSpans(store.client, {
    ...{ since, limit },
    take: (hex, at) => memory.addPair(hex, at),
  })
  if (recalled < limit) memory.reachesBackTo(since)
  if (recalled > 0) log.info({ spans: recalled }, 'remembered the spans of the last minutes')
  if ((await spool.recover()) > 0) {
    log.info(
      { segments: leftOver.length },
      'found segments of an earlier run; checking what is stored of them',
    )
    for (const { path } of leftOver)
      for (const frame of decodeFrames(await readFile(path))) intake.recall(frame)
  }
  return { intake, spool, writer, peers, metrics, repeats }
}

async function close(
  server: Server | TlsServer,
  grpcClosed: Promise<void>,
  { spool, writer, peers }: Pipeline,
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
  await Promise.race([writer.drained(), atMost(drainMs)])
  // what is being told is told again after the next start
  await Promise.race([Promise.all([writer, alerting, ...recorders].map((one) => one.stop())), atMost(500)])
  peers.close()
  await budgets.close()
  await store.close()
  await unlock()
  return spool.segments
}
