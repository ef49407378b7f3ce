/**
 * What the writer reports, as metrics and as lines of the log.
 *
 * Invariant: rows are counted and never logged one by one; what had to be cleared up is both.
 */
import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'
import type { WriterEvents } from './write/writer.ts'

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
