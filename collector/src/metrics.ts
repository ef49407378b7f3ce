/**
 * What the collector counts about itself, for `/metrics`.
 *
 * Invariant: labels come from fixed sets, never from a request.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { SpanMemory } from './receive/span-memory.ts'
import type { Spool } from './spool/spool.ts'

const INSERT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Every metric of the process, in one registry. */
export interface Metrics {
  registry: Registry
  accessRefused: Counter<'reason'>
  requests: Counter<'code' | 'reason'>
  spans: Counter<'result'>
  lateSpans: Counter
  aheadSpans: Counter
  missingSpans: Gauge
  storeUp: Gauge
  receivedBytes: Counter<'encoding'>
  attributesCut: Counter<'reason'>
  decodeSeconds: Counter
  insertedRows: Counter
  insertSeconds: Histogram
  insertRetries: Counter
  settledSegments: Counter<'outcome'>
  repairedBuckets: Counter
  ledgerDrift: Gauge<'budget'>
  alertEvaluations: Counter<'result'>
  alertSeconds: Histogram
  alertAttempts: Counter<'outcome'>
  billingHours: Gauge<'state'>
  quarantinedSpans: Counter
}

/** Creates the metrics; those of the process (CPU, memory, event loop delay) are among them. */
export function createMetrics(
  spool: () => Spool | undefined,
  memory: SpanMemory,
  now: () => number,
): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: (spool: Spool) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const current = spool()
        this.set(current === undefined ? 0 : read(current))
      },
    })
  gauge(
    'spanmeter_spool_bytes',
    'Bytes that are accepted and not yet known to be stored',
    ({ bytes }) => bytes,
  )
  gauge(
    'spanmeter_spool_segments',
    'Segments that are not yet known to be stored',
    ({ segments }) => segments,
  )
  gauge('spanmeter_spool_oldest_age_seconds', 'Age of the oldest of them', ({ oldest }) =>
    oldest === undefined ? 0 : Math.max(0, (now() - oldest) / 1000),
  )
  new Gauge({
    name: 'spanmeter_remembered_spans',
    help: 'Spans that are remembered, so that one that comes again is stored once',
    registers,
    collect() {
      this.set(memory.size)
    },
  })
  new Gauge({
    name: 'spanmeter_remembered_spans_bytes',
    help: 'Memory that this takes',
    registers,
    collect() {
      this.set(memory.bytes)
    },
  })
  return {
    registry,
    accessRefused: new Counter({
      name: 'spanmeter_access_refused_total',
      help: 'Requests that were refused for their token: no_token, bad_token, expired, role',
      labelNames: ['reason'],
      registers,
    }),
    requests: new Counter({
      name: 'spanmeter_receive_requests_total',
      help: 'Requests to /v1/traces by status and reason',
      labelNames: ['code', 'reason'],
      registers,
    }),
    spans: new Counter({
      name: 'spanmeter_receive_spans_total',
      help: 'Spans accepted, left out as duplicate, or rejected by reason',
      labelNames: ['result'],
      registers,
    }),
    lateSpans: new Counter({
      name: 'spanmeter_receive_late_spans_total',
      help: 'Accepted spans that came more than a minute after their end',
      registers,
    }),
    aheadSpans: new Counter({
      name: 'spanmeter_receive_ahead_spans_total',
      help: 'Accepted spans that ended more than 5 seconds after they came: the clock of the sender is ahead',
      registers,
    }),
    missingSpans: new Gauge({
      name: 'spanmeter_missing_spans',
      help: 'Numbered spans that never came, of those that were due in the last hour',
      registers,
    }),
    storeUp: new Gauge({
      name: 'spanmeter_store_up',
      help: '1 while ClickHouse answers and is migrated',
      registers,
    }),
    receivedBytes: new Counter({
      name: 'spanmeter_receive_bytes_total',
      help: 'Bytes of request bodies after decompression',
      labelNames: ['encoding'],
      registers,
    }),
    attributesCut: new Counter({
      name: 'spanmeter_receive_attributes_cut_total',
      help: 'Attributes that were shortened, too many, content that is never stored, or JSON too long to be read',
      labelNames: ['reason'],
      registers,
    }),
    decodeSeconds: new Counter({
      name: 'spanmeter_decode_seconds_total',
      help: 'Time spent on decoding requests into columns',
      registers,
    }),
    insertedRows: new Counter({
      name: 'spanmeter_insert_rows_total',
      help: 'Rows that ClickHouse confirmed',
      registers,
    }),
    insertSeconds: new Histogram({
      name: 'spanmeter_insert_seconds',
      help: 'Duration of inserts that ClickHouse confirmed',
      buckets: INSERT_SECONDS,
      registers,
    }),
    insertRetries: new Counter({
      name: 'spanmeter_insert_retries_total',
      help: 'Attempts to store a segment that failed and were made again',
      registers,
    }),
    settledSegments: new Counter({
      name: 'spanmeter_settled_segments_total',
      help: 'Segments whose insert had no clear answer, by what was found',
      labelNames: ['outcome'],
      registers,
    }),
    ledgerDrift: new Gauge({
      name: 'spanmeter_budget_ledger_drift_usd',
      help: 'USD that the ledger of a budget has beyond telemetry; negative where telemetry has more',
      labelNames: ['budget'],
      registers,
    }),
    quarantinedSpans: new Counter({
      name: 'spanmeter_quarantined_spans_total',
      help: 'Spans that cannot be stored and are kept apart',
      registers,
    }),
    repairedBuckets: new Counter({
      name: 'spanmeter_repaired_buckets_total',
      help: 'Rollup buckets that differed from the raw rows and were rebuilt',
      registers,
    }),
    billingHours: new Gauge({
      name: 'spanmeter_billing_hours',
      help: 'Hours of tenants and meters at Stripe, by state: pending, sent, confirmed, rejected, skipped, expired, drift',
      labelNames: ['state'],
      registers,
    }),
    alertEvaluations: new Counter({
      name: 'spanmeter_alert_evaluations_total',
      help: 'Looks at an alert rule, by result: ok, failed',
      labelNames: ['result'],
      registers,
    }),
    alertSeconds: new Histogram({
      name: 'spanmeter_alert_evaluation_seconds',
      help: 'Duration of a look at an alert rule',
      buckets: INSERT_SECONDS,
      registers,
    }),
    alertAttempts: new Counter({
      name: 'spanmeter_alert_attempts_total',
      help: 'Attempts to tell a channel, by outcome: delivered, retry, failed, disable',
      labelNames: ['outcome'],
      registers,
    }),
  }
}
