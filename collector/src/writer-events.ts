/**
 * What the writer reports, as metrics and as lines of the log.
 *
 * Invariant: rows are counted and never logged one by one; what had to be cleared up is both.
 */
import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'
import type { Quarantine } from './spool/quarantine.ts'
import type { Spool } from './spool/spool.ts'
import type { WriterEvents, WriterOptions } from './write/writer-options.ts'

/** Creates the listeners. */
export function writerEvents(metrics: Metrics, log: Logger): WriterEvents {
  return {
    inserted: (rows, seconds) => {
      metrics.insertedRows.inc(rows)
      metrics.insertSeconds.observe(seconds)
    },
    retrying: (error, segment, delayMs) => {
      metrics.insertRetries.inc()
      log.warn(
        { err: error, segment: segment.id.toString(), delayMs },
        'cannot store a segment yet; trying again',
      )
    },
    settled: (segment, outcome) => {
      metrics.settledSegments.inc({ outcome })
      log.info({ segment: segment.id.toString(), outcome }, 'cleared up what became of a segment')
    },
    repairFailed: (error, delayMs) =>
      log.warn({ err: error, delayMs }, 'cannot compare the rollups with the rows yet; trying again'),
    leftOut: (spans) => metrics.spans.inc({ result: 'stored_before' }, spans),
    repaired: (buckets) => {
      metrics.repairedBuckets.inc(buckets)
      log.info({ buckets }, 'rebuilt rollup buckets that differed from the raw rows')
    },
  }
}

/** Puts requests that nobody can store into the quarantine, and says so. */
export function keepApart(
  quarantine: Quarantine,
  metrics: Metrics,
  log: Logger,
  now: () => number,
): NonNullable<WriterOptions['keepApart']> {
  return async ({ id }, { frames, spans, reason }) => {
    const segment = id.toString().padStart(20, '0')
    const since = new Date(now()).toISOString()
    await quarantine.keep(frames, { segment, reason, requests: frames.length, spans, since })
    metrics.quarantinedSpans.inc(spans)
    log.error({ segment, spans, reason }, 'kept spans apart that cannot be stored: spanmeter quarantine')
  }
}

/** How often batches of the quarantine are looked for that somebody handed back, milliseconds. */
const RETRY_MS = 2000

/** Takes them up until the function that it returns is called. */
export function takeRetries(spool: Spool, log: Logger): () => void {
  const failed = (err: unknown) => log.warn({ err }, 'cannot take back what was kept apart')
  const timer = setInterval(() => void spool.retry().catch(failed), RETRY_MS).unref()
  return () => clearInterval(timer)
}
