/**
 * The stages between the receiver and the store: intake, spool, writer.
 *
 * Invariant: this collector is registered at the store before it writes anything to it; what is accepted before stays
 * in the spool.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { CollectorConfig } from './config/schema.ts'
import { measureDisk } from './disk-metrics.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { CUTS, type Cut } from './normalise/span-record.ts'
import { CallMemory } from './receive/call-memory.ts'
import { Decoders } from './receive/decode.ts'
import { Intake } from './receive/intake.ts'
import { Repeats } from './receive/repeats.ts'
import { SpanMemory } from './receive/span-memory.ts'
import { decodeFrames } from './spool/frame.ts'
import { Quarantine } from './spool/quarantine.ts'
import { readSegment } from './spool/read-segment.ts'
import type { SealedSegment } from './spool/segment.ts'
import { Spool } from './spool/spool.ts'
import { Peers } from './write/peers.ts'
import { SpanBlocks } from './write/span-blocks.ts'
import type { Store } from './write/store.ts'
import { readStoredSpans } from './write/stored-spans.ts'
import { Writer } from './write/writer.ts'
import { keepApart, writerEvents } from './writer-events.ts'

/** How long a request is held up at most where the store falls behind: much less than exporters wait. */
const MAX_HOLD_MS = 250
const DAY_MS = 86_400_000

/** The stages of a collector from the receiver to the store. */
export interface Pipeline {
  intake: Intake
  spool: Spool
  writer: Writer
  metrics: Metrics
  repeats: Repeats
  /** Begins to write, once the store is there. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Opens the stages from the receiver to the store, and takes up what an earlier process left. Nothing is written yet. */
export async function openPipeline(
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
  const blocks = new SpanBlocks()
  const spool: Spool = new Spool({
    directory: join(resolve(config.dataDir), 'spool'),
    ...config.spool,
    now,
    blocks,
    calls: new CallMemory(),
    onSealed: (segment) => {
      if (segment.leftOver) leftOver.push(segment)
      writer.add(segment)
    },
  })
  let peers: Peers | undefined
  const joinPeers = async () => {
    peers = await Peers.join({ client: store.client, dataDir: resolve(config.dataDir), now })
  }
  const wasThere = store.missing() === undefined
  if (wasThere) await joinPeers()
  const writer = new Writer({
    client: store.client,
    peers: async () => (await peers?.active()) ?? true,
    read: (segment, leaveOut) => readSegment(segment, decoders, leaveOut, repeats),
    keepApart: keepApart(quarantine, metrics, log, now),
    done: (segment) => spool.remove(segment),
    giveBack: (block) => blocks.giveBack(block),
    kept: () => store.kept(),
    now,
    events: writerEvents(metrics, log),
  })
  const intake = new Intake({
    spool,
    memory,
    repeats,
    ...(config.retention.spans !== 'forever' && { keepMs: config.retention.spans * DAY_MS }),
    now,
    relief: () => writer.relief(MAX_HOLD_MS),
    onDecoded: ({ accepted, rejected, duplicates, late, ahead, cuts, firstReason }, seconds) => {
      metrics.decodeSeconds.inc(seconds)
      metrics.spans.inc({ result: 'accepted' }, accepted)
      if (duplicates > 0) metrics.spans.inc({ result: 'duplicate' }, duplicates)
      if (rejected > 0) metrics.spans.inc({ result: firstReason ?? 'rejected' }, rejected)
      if (late > 0) metrics.lateSpans.inc(late)
      if (ahead > 0) metrics.aheadSpans.inc(ahead)
      for (const [why, cut] of cuts.entries())
        if (cut > 0) metrics.attributesCut.inc({ reason: CUTS[why] as Cut }, cut)
    },
  })
  memory.advance(now())
  // without it, what ended before now is looked up in the store before it is written
  if (wasThere) await rememberStored(config, store, memory, log, now)
  if ((await spool.recover()) > 0) {
    log.info(
      { segments: leftOver.length },
      'found segments of an earlier run; checking what is stored of them',
    )
    for (const { path } of leftOver)
      for (const frame of decodeFrames(await readFile(path))) intake.recall(frame)
  }
  const stopping = new AbortController()
  return {
    ...{ intake, spool, writer, metrics, repeats },
    async start() {
      await store.ready
      for (let delayMs = 500; peers === undefined && !stopping.signal.aborted; delayMs = 5000) {
        await joinPeers().catch(async (err: unknown) => {
          log.warn({ err }, 'cannot register at the store yet; trying again')
          await delay(delayMs, undefined, { ref: false })
        })
      }
      if (!stopping.signal.aborted) writer.start()
    },
    async stop() {
      stopping.abort()
      await writer.stop()
      peers?.close()
    },
  }
}

/** Recalls the spans of the last minutes, so that one that comes again needs no question. */
async function rememberStored(
  { receive: { rememberMs, rememberSpans } }: CollectorConfig,
  store: Store,
  memory: SpanMemory,
  log: Logger,
  now: () => number,
): Promise<void> {
  const limit = Math.floor(rememberSpans / 2)
  const since = now() - rememberMs
  const recalled = await readStoredSpans(store.client, {
    ...{ since, limit },
    take: (hex, at) => memory.addPair(hex, at),
  })
  if (recalled < limit) memory.reachesBackTo(since)
  if (recalled > 0) log.info({ spans: recalled }, 'remembered the spans of the last minutes')
}
