/**
 * Collectors as they went.
 *
 * Invariant: counters are bars of what was added, gauges are lines of the largest value.
 */
import type { Panel } from '../model.ts'
import { added, labelsOverTime, samplesOverTime } from '../sql/samples.ts'
import { seriesTarget } from '../sql/target.ts'

const NO_SAMPLES = 'No collector stored a sample in this range'

/** Rows 2 and 3. */
export const collectorOverTimePanels: readonly Panel[] = [
  {
    id: 5,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Spans received',
    description:
      'Spans that arrived in each interval: accepted, left out because they came twice, or refused for a reason.',
    unit: 'count',
    empty: NO_SAMPLES,
    maxDataPoints: 48,
    minIntervalMs: 60_000,
    gridPos: { x: 0, y: 4, w: 12, h: 8 },
    targets: [seriesTarget(labelsOverTime('spanmeter_receive_spans_total', 'spans'))],
  },
  {
    id: 6,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Requests by answer',
    description:
      'Requests to receive spans in each interval, by the status and reason that they were answered with.',
    unit: 'count',
    empty: NO_SAMPLES,
    maxDataPoints: 48,
    minIntervalMs: 60_000,
    gridPos: { x: 12, y: 4, w: 12, h: 8 },
    targets: [seriesTarget(labelsOverTime('spanmeter_receive_requests_total', 'requests'))],
  },
  {
    id: 7,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    title: 'Waiting and memory',
    description:
      'The most that a collector had waiting on disk, and the most memory that it held, during each interval.',
    unit: 'bytes',
    series: [
      { name: 'waiting', title: 'Waiting on disk' },
      { name: 'memory', title: 'Memory' },
    ],
    empty: NO_SAMPLES,
    maxDataPoints: 48,
    minIntervalMs: 60_000,
    gridPos: { x: 0, y: 12, w: 12, h: 8 },
    targets: [
      seriesTarget(
        samplesOverTime(
          ['spanmeter_spool_bytes', 'process_resident_memory_bytes'],
          "maxIf(value, name = 'spanmeter_spool_bytes') AS waiting,\nmaxIf(value, name = 'process_resident_memory_bytes') AS memory",
        ),
      ),
    ],
  },
  {
    id: 8,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    title: 'Insert and event loop',
    description:
      'How long an insert took on average in each interval, and the longest that one in a hundred turns of the event loop was late.',
    unit: 'seconds',
    series: [
      { name: 'insert', title: 'An insert' },
      { name: 'lag', title: 'Event loop, p99' },
    ],
    empty: NO_SAMPLES,
    maxDataPoints: 48,
    minIntervalMs: 60_000,
    gridPos: { x: 12, y: 12, w: 12, h: 8 },
    targets: [
      seriesTarget(
        samplesOverTime(
          [
            'spanmeter_insert_seconds_sum',
            'spanmeter_insert_seconds_count',
            'nodejs_eventloop_lag_p99_seconds',
          ],
          `if(${added('spanmeter_insert_seconds_count')} = 0, NULL, ${added('spanmeter_insert_seconds_sum')} / ${added('spanmeter_insert_seconds_count')}) AS insert,\nmaxIf(value, name = 'nodejs_eventloop_lag_p99_seconds') AS lag`,
        ),
      ),
    ],
  },
]
