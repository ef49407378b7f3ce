/**
 * Whether everything came that services sent.
 *
 * Invariant: about spans that arrived in the chosen range, whatever times they carry; the last minute is left out.
 */
import type { Panel } from '../model.ts'
import { arrivals, arrivedWithin, OF_A_SENDER } from '../sql/arrivals.ts'
import { filters } from '../sql/filters.ts'
import { EXPECTED, sinceText, spanNumbers } from '../sql/span-numbers.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { momentOf, NOW, PICKED, type SqlRange, within } from '../sql/time.ts'

const DAY_MS = 86_400_000
/** What came in the last minute may have been overtaken. */
const ARRIVED: SqlRange = { from: PICKED.from, to: `least(${PICKED.to}, ${NOW} * 1000 - 60001)` }
const NUMBERS = spanNumbers(
  {
    from: momentOf(ARRIVED.from),
    to: momentOf(`${ARRIVED.to} + 1`),
    since: momentOf(sinceText(ARRIVED.from, ARRIVED.to)),
    until: momentOf(`${ARRIVED.to} + 1 + ${String(DAY_MS)}`),
  },
  { tenant: filters(['tenant']), sender: filters(['service', 'environment']) },
)

/** Row 6. */
export const arrivalPanels: readonly Panel[] = [
  {
    id: 12,
    kind: 'table',
    title: 'What arrived',
    description:
      'Every service that sent spans in the chosen range: how many of them it numbered, how many numbers never came, what came again, and within which of 0.2, 0.5, 1, 2, 5, 10, 30 and 60 seconds, 10 minutes or an hour after their end nineteen of twenty spans came.',
    unit: 'none',
    columns: [
      { name: 'service', title: 'Service', entity: 'service' },
      { name: 'spans', title: 'Spans', unit: 'count' },
      { name: 'numbered', title: 'Numbered', unit: 'percent' },
      { name: 'missing', title: 'Missing', unit: 'count' },
      { name: 'share', title: 'Of those due', unit: 'percent' },
      { name: 'repeated', title: 'Sent again', unit: 'count' },
      { name: 'late', title: 'Late by over a minute', unit: 'count' },
      { name: 'p95', title: '19 of 20 within', unit: 'seconds' },
      { name: 'ahead', title: 'Clock ahead', unit: 'count' },
    ],
    empty: 'No span arrived in this range',
    gridPos: { x: 0, y: 39, w: 24, h: 9 },
    targets: [
      tableTarget(sql`
        SELECT if(service_name = '', 'no service', service_name) AS service, sum(came) AS spans,
          if(spans = 0, NULL, sum(numbered) / spans) AS numbered,
          if(sum(due) = 0, NULL, toInt64(sum(due) - sum(there))) AS missing,
          if(sum(due) = 0, NULL, 1 - sum(there) / sum(due)) AS share,
          sum(again) AS repeated, spans - sum(in_time) AS late,
          sumForEach(steps) AS within,
          ${arrivedWithin(0.95, 'spans', 'within')} AS p95,
          sum(ahead) AS ahead
        FROM (
          SELECT service_name, came, numbered, ahead, in_time, steps, 0 AS due, 0 AS there, 0 AS again
          FROM ${arrivals(ARRIVED)}
          UNION ALL
          SELECT service_name, 0, 0, 0, 0, [], ${EXPECTED}, there, 0
          FROM ${NUMBERS}
          UNION ALL
          SELECT service_name, 0, 0, 0, 0, [], 0, 0, spans
          FROM repeated_spans
          WHERE ${within('at', ARRIVED)}
            AND ${filters(OF_A_SENDER)}
        )
        GROUP BY service_name
        ORDER BY missing DESC NULLS LAST, spans DESC, service
        LIMIT 50`),
    ],
  },
]
