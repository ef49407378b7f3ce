/**
 * Measurements into the meter provider that the host registered.
 *
 * Invariant: without a provider nothing is created or recorded; one that is registered, or replaced, later is found,
 * because the metrics API hands out no proxies.
 */
import {
  type Attributes,
  type Counter,
  createNoopMeter,
  type Histogram,
  type Meter,
  metrics,
} from '@opentelemetry/api'
import { workOutLateEnds } from '../capture/late-ends.ts'
import { ATTR } from './attributes.ts'
import { counters } from './counters.ts'
import { type MetricSink, sinks } from './measurements.ts'
import { METRIC, type MetricDefinition, type MetricKey, SELF, SELF_LABEL } from './metric-names.ts'
import { SCOPE } from './recorder.ts'

type Instruments = Map<MetricKey, (value: number, attributes: Attributes) => void>

/** Records to whatever meter provider is registered at the time. */
function createOtelMetrics(): MetricSink {
  let provider: unknown
  let instruments: Instruments | undefined
  return {
    ready() {
      const registered = metrics.getMeterProvider()
      if (registered !== provider) {
        provider = registered
        instruments = createInstruments(registered.getMeter(SCOPE))
      }
      return instruments !== undefined
    },
    take: (metric, value, attributes) => instruments?.get(metric)?.(value, attributes),
  }
}

const KEY = Symbol.for('spanmeter.otel-metrics.v1')

/** Registers the sink, once a process. */
export function recordOtelMetrics(): void {
  const holder = globalThis as { [KEY]?: MetricSink }
  holder[KEY] ??= createOtelMetrics()
  sinks().add(holder[KEY])
  // What Spanmeter says of itself is there before the first call.
  holder[KEY].ready()
}

function createInstruments(meter: Meter): Instruments | undefined {
  // The API's own does nothing.
  if (meter === createNoopMeter()) return undefined
  const instruments: Instruments = new Map()
  for (const [key, definition] of Object.entries(METRIC) as [MetricKey, MetricDefinition][]) {
    const { name, unit, description, bounds } = definition
    if (bounds) {
      const advice = { explicitBucketBoundaries: [...bounds] }
      const histogram: Histogram = meter.createHistogram(name, { unit, description, advice })
      instruments.set(key, (value, attributes) => histogram.record(value, attributes))
    } else {
      const counter: Counter = meter.createCounter(name, { unit, description })
      instruments.set(key, (value, attributes) => counter.add(value, attributes))
    }
  }
  observeSelf(meter)
  return instruments
}

function observeSelf(meter: Meter): void {
  const observe = ({ name, unit, description }: MetricDefinition) =>
    meter.createObservableCounter(name, { unit, description })
  observe(SELF.calls).addCallback((result) => {
    workOutLateEnds()
    for (const [words, value] of counters().calls) {
      const [provider = '', source = ''] = words.split('\n')
      result.observe(value, { [ATTR.provider]: provider, [ATTR.usageSource]: source })
    }
  })
  observe(SELF.failures).addCallback((result) => {
    for (const [place, value] of counters().failures) result.observe(value, { [SELF_LABEL.place]: place })
  })
  observe(SELF.dropped).addCallback((result) => {
    for (const [reason, value] of counters().dropped) result.observe(value, { [SELF_LABEL.reason]: reason })
  })
  observe(SELF.sent).addCallback((result) => result.observe(counters().sent))
  const { name, unit, description } = SELF.queued
  meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
    workOutLateEnds()
    result.observe(counters().queued)
  })
}
