/**
 * Whether everything came that services sent.
 *
 * Invariant: about spans that arrived in the chosen range, whatever times they carry; the last minute is left out.
 */
import type { Panel } from '../model.ts'
import { filters } from '../sql/filters.ts'
import { EXPECTED, LATENESS, RECEIVED, spanNumbers } from '../sql/span-numbers.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

const OF_A_SENDER = filters(['tenant', 'service', 'environment'])
const FROM = '$__fromTime_ms'
const TO = 'least($__toTime_ms, now64(3) - INTERVAL 1 MINUTE)'
const within = (column: string) => `$__timeFilter_ms(${column}) AND ${column} < now64(3) - INTERVAL 1 MINUTE`

/** Row 6. */
export const arrivalPanels: readonly Panel[] = [
  {
    id: 12,
    kind: 'table',
    title: 'What arrived',
    description:
      'Every service that sent spans in the chosen range: how many of them it numbered, how many numbers never came, what came again, and how long after their end spans came.',
    unit: 'none',
    columns: [
      { name: 'service', title: 'Service', entity: 'service' },
      { name: 'spans', title: 'Spans', unit: 'count' },
      { name: 'numbered', title: 'Numbered', unit: 'percent' },
      { name: 'missing', title: 'Missing', unit: 'count' },
      { name: 'share', title: 'Of those due', unit: 'percent' },
      { name: 'repeated', title: 'Sent again', unit: 'count' },
      { name: 'late', title: 'Late by over a minute', unit: 'count' },
      { name: 'p95', title: 'Arrival, p95', unit: 'seconds' },
      { name: 'ahead', title: 'Clock ahead', unit: 'count' },
    ],
    empty: 'No span arrived in this range',
    gridPos: { x: 0, y: 39, w: 24, h: 9 },
    targets: [
      tableTarget(sql`
        SELECT if(service_name = '', 'no service', service_name) AS service, sum(came) AS spans,
          if(spans = 0, NULL, sum(with_number) / spans) AS numbered,
          if(sum(due) = 0, NULL, toInt64(sum(due) - sum(there))) AS missing,
          if(sum(due) = 0, NULL, 1 - sum(there) / sum(due)) AS share,
          sum(again) AS repeated, sum(too_late) AS late, max(level) AS p95, sum(too_early) AS ahead
        FROM (
          SELECT service_name, count() AS came, countIf(span_number > 0) AS with_number, 0 AS due, 0 AS there, 0 AS again,
            countIf(${LATENESS} > 60) AS too_late, countIf(${LATENESS} < -5) AS too_early,
            toNullable(quantileTDigest(0.95)(greatest(${LATENESS}, 0))) AS level
          FROM spans
          WHERE ${within('ingested_at')}
            AND ${OF_A_SENDER}
          GROUP BY service_name
          UNION ALL
          SELECT service_name, 0, 0, ${EXPECTED}, ${RECEIVED}, 0, 0, 0, NULL
          FROM ${spanNumbers({ from: FROM, to: TO }, OF_A_SENDER)}
          UNION ALL
          SELECT service_name, 0, 0, 0, 0, spans, 0, 0, NULL
          FROM repeated_spans
          WHERE ${within('at')}
            AND ${OF_A_SENDER}
        )
        GROUP BY service_name
        ORDER BY missing DESC NULLS LAST, spans DESC, service
        LIMIT 50`),
    ],
  },
]
