/**
 * Turns what the collector counts into rows, so that its health can be seen in ClickHouse.
 *
 * Invariant: what was added to a counter is in one row: a set of rows that could not be stored is taken
 * back, and what it held is in the next one.
 */
import type { Registry } from 'prom-client'

/** A row of `collector_samples`, without its instant. */
export interface Sample {
  readonly name: string
  readonly label: string
  readonly kind: 'counter' | 'gauge'
  readonly value: number
}

/** A set of rows. */
export interface Reading {
  readonly samples: readonly Sample[]
  /** Call when they are stored; what comes next is counted from here. */
  accept(): void
}

/** Metrics of the process that are worth keeping beside our own. */
const OF_THE_PROCESS = new Set([
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
])

/** Reads a registry, again and again. */
export function createSampler(registry: Pick<Registry, 'getMetricsAsJSON'>): () => Promise<Reading> {
  let stored = new Map<string, number>()
  return async () => {
    const samples: Sample[] = []
    const seen = new Map<string, number>()
    for (const metric of await registry.getMetricsAsJSON()) {
      if (!metric.name.startsWith('spanmeter_') && !OF_THE_PROCESS.has(metric.name)) continue
      const isGauge = String(metric.type) === 'gauge'
      for (const entry of metric.values as readonly Value[]) {
        const name = entry.metricName ?? metric.name
        if (name.endsWith('_bucket')) continue
        const label = labelOf(entry.labels)
        if (isGauge) samples.push({ name, label, kind: 'gauge', value: entry.value })
        else {
          const key = `${name} ${label}`
          seen.set(key, entry.value)
          const value = entry.value - (stored.get(key) ?? 0)
          if (value !== 0) samples.push({ name, label, kind: 'counter', value })
        }
      }
    }
    return {
      samples,
      accept() {
        stored = seen
      },
    }
  }
}

interface Value {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number>>
  readonly metricName?: string
}

function labelOf(labels: Value['labels']): string {
  return Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => String(value))
    .join(' ')
    .trim()
}
