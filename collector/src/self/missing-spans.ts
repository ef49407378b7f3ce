/** Tells the metrics how many spans of the last hour are missing, by the numbers that services gave them. */
import type { Gauge } from 'prom-client'
import { completeness } from '../query/completeness.ts'
import type { QueryContext } from '../query/execute.ts'

const HOUR_MS = 3_600_000

/** Creates the step; `at` is in ms since the Unix epoch. */
export function createMissingCounter(
  reader: QueryContext['reader'],
  gauge: Gauge,
): (at: number) => Promise<void> {
  return async (at) => {
    const services = await completeness(
      { reader },
      { start: at - HOUR_MS, end: at },
      { filters: {}, now: at },
    )
    gauge.set(services.reduce((sum, { expected, received }) => sum + expected - received, 0))
  }
}
