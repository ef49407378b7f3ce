/**
 * Whether everything is taken in and stored, in four numbers and a list of the collectors.
 *
 * Invariant: what waits is summed over the collectors; each has its own log.
 */
import type { Panel } from '../model.ts'
import { added, newest, SAMPLES } from '../sql/samples.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

const NO_SAMPLES = 'No collector stored a sample in this range'

/** Row 1, and the collectors. */
export const collectorStatPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Spans accepted',
    description: 'Spans that collectors took in during the chosen range, and how many of them a second.',
    unit: 'count',
    value: 'spans',
    captions: [{ column: 'per_second', label: 'a second', unit: 'rate' }],
    empty: NO_SAMPLES,
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT if(count() = 0, NULL, ${added('spanmeter_receive_spans_total', "label = 'accepted'")}) AS spans,
          spans / greatest((\${__to} - \${__from}) / 1000, 1) AS per_second
        ${SAMPLES}`),
    ],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Waiting to be stored',
    description:
      'Bytes that are accepted and safe on disk but not yet in ClickHouse, and how long the oldest waits.',
    unit: 'bytes',
    value: 'bytes',
    captions: [{ column: 'oldest', label: 'the oldest', unit: 'seconds' }],
    empty: NO_SAMPLES,
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT ${newest('spanmeter_spool_bytes')} AS bytes,
          (
            SELECT if(count() = 0, NULL, argMax(value, at))
            ${SAMPLES} AND name = 'spanmeter_spool_oldest_age_seconds'
          ) AS oldest`),
    ],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'Requests refused',
    description:
      'Requests to receive spans that were answered with an error, as a share of all: bad input, a full log, or a fault.',
    unit: 'percent',
    value: 'refused',
    captions: [{ column: 'requests', label: 'refused', unit: 'count' }],
    thresholds: [
      { value: 0.000001, level: 'warning' },
      { value: 0.05, level: 'critical' },
    ],
    empty: 'No request in this range',
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        WITH ${added('spanmeter_receive_requests_total')} AS every
        SELECT if(every = 0, NULL, requests / every) AS refused,
          ${added('spanmeter_receive_requests_total', "label NOT LIKE '2%'")} AS requests
        ${SAMPLES}`),
    ],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'An insert',
    description:
      'How long ClickHouse took on average to confirm a batch, and how often one had to be sent again.',
    unit: 'seconds',
    value: 'mean',
    captions: [{ column: 'retries', label: 'sent again', unit: 'count' }],
    empty: 'Nothing was stored in this range',
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        WITH ${added('spanmeter_insert_seconds_count')} AS inserts
        SELECT if(inserts = 0, NULL, ${added('spanmeter_insert_seconds_sum')} / inserts) AS mean,
          ${added('spanmeter_insert_retries_total')} AS retries
        ${SAMPLES}`),
    ],
  },
  {
    id: 9,
    kind: 'table',
    title: 'Collectors',
    description: 'Every collector that stored a sample in the chosen range, with the newest one.',
    unit: 'none',
    columns: [
      { name: 'instance', title: 'Collector' },
      { name: 'time', title: 'Last sample' },
      { name: 'spans', title: 'Spans accepted', unit: 'count' },
      { name: 'stored', title: 'Rows stored', unit: 'count' },
      { name: 'waiting', title: 'Waiting', unit: 'bytes' },
      { name: 'memory', title: 'Memory', unit: 'bytes' },
      { name: 'cpu', title: 'CPU', unit: 'seconds' },
    ],
    empty: NO_SAMPLES,
    gridPos: { x: 0, y: 20, w: 24, h: 7 },
    targets: [
      tableTarget(
        sql`
          SELECT instance, max(at) AS time,
            ${added('spanmeter_receive_spans_total', "label = 'accepted'")} AS spans,
            ${added('spanmeter_insert_rows_total')} AS stored,
            argMaxIf(value, at, name = 'spanmeter_spool_bytes') AS waiting,
            argMaxIf(value, at, name = 'process_resident_memory_bytes') AS memory,
            ${added('process_cpu_seconds_total')} AS cpu
          ${SAMPLES}
          GROUP BY instance
          ORDER BY instance
          LIMIT 100`,
        ['time'],
      ),
    ],
  },
]
