/**
 * `GET /api/v1/quality/completeness`: what was lost on the way, came late, or came again.
 *
 * Invariant: a service whose spans have no numbers is never said to be complete: its share is null.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { completeness, LATE_SECONDS, type ServiceCompleteness } from '../query/completeness.ts'
import { filterShape } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { count, number, share, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { examplePeriod } from './usage-example.ts'
import { wholeNumber } from './whole-number.ts'

interface Totals {
  spans: number
  numbered_spans: number
  expected: number
  received: number
  missing: number
  complete_share: number | null
  duplicates: number
  late: number
  ahead: number
}
interface Service extends Totals {
  tenant_id: string | null
  service: string | null
  processes: number
  gaps: { process: string; first: number; last: number; spans: number }[]
  lateness_p50_seconds: number | null
  lateness_p95_seconds: number | null
  lateness_p99_seconds: number | null
  lateness_max_seconds: number | null
  ahead_max_seconds: number
}
interface Completeness {
  period: PeriodBody
  total: Totals
  services: Service[]
}

const totals = {
  spans: count('Spans that arrived.'),
  numbered_spans: count('Those that carry a number; of the others nobody can say whether some are missing.'),
  expected: count('Numbers that had to arrive: up to the highest that did.'),
  received: count('Those of them that did.'),
  missing: count('expected − received.'),
  complete_share: z
    .number()
    .nullable()
    .openapi({ description: 'received / expected, 0 to 1; null where nothing is numbered.' }),
  duplicates: count('Spans that arrived again and were left out.'),
  late: count('Spans that arrived later than `late_seconds` after their end.'),
  ahead: count('Spans that ended over 5 seconds after they arrived: the clock of the sender is ahead.'),
}
const seconds = (what: string) =>
  number(`Seconds from the end of a span until it arrived: ${what}.`).nullable()

const schema: z.ZodType<Completeness> = z
  .object({
    period: periodSchema,
    total: z.object(totals),
    services: z
      .array(
        z.object({
          tenant_id: text('Tenant of the spans.').nullable(),
          service: text('Service that sent them.').nullable(),
          processes: count('Processes whose numbers arrived.'),
          ...totals,
          gaps: z
            .array(
              z.object({
                process: text('`spanmeter.process.id`.'),
                first: count('First number that is missing.'),
                last: count('Last one.'),
                spans: count('How many these are.'),
              }),
            )
            .openapi({ description: 'The newest 20 gaps of the process that misses most.' }),
          lateness_p50_seconds: seconds('the median'),
          lateness_p95_seconds: seconds('95th percentile'),
          lateness_p99_seconds: seconds('99th percentile'),
          lateness_max_seconds: seconds('the latest'),
          ahead_max_seconds: number('By how much a clock is ahead at the most, seconds.'),
        }),
      )
      .openapi({ description: 'Those that miss most first.' }),
  })
  .openapi('Completeness')

function totalsOf(rows: readonly ServiceCompleteness[]): Totals {
  const sum = (read: (row: ServiceCompleteness) => number) =>
    rows.reduce((total, row) => total + read(row), 0)
  const expected = sum((row) => row.expected)
  const received = sum((row) => row.received)
  return {
    spans: sum((row) => row.spans),
    numbered_spans: sum((row) => row.numbered),
    ...{ expected, received, missing: expected - received, complete_share: share(received, expected) },
    duplicates: sum((row) => row.duplicates),
    late: sum((row) => row.late),
    ahead: sum((row) => row.ahead),
  }
}

function serviceOf(row: ServiceCompleteness): Service {
  return {
    tenant_id: row.tenant || null,
    service: row.service || null,
    processes: row.processes,
    ...totalsOf([row]),
    gaps: row.gaps.map((gap) => ({ ...gap, spans: gap.last - gap.first + 1 })),
    lateness_p50_seconds: row.lateness?.p50 ?? null,
    lateness_p95_seconds: row.lateness?.p95 ?? null,
    lateness_p99_seconds: row.lateness?.p99 ?? null,
    lateness_max_seconds: row.lateness?.max ?? null,
    ahead_max_seconds: row.maxAhead,
  }
}

function completenessOf(period: PeriodBody, rows: readonly ServiceCompleteness[]): Completeness {
  return { period, total: totalsOf(rows), services: rows.map(serviceOf) }
}

const EXAMPLE: ServiceCompleteness = {
  ...{ tenant: 'acme', service: 'chat-api', spans: 98, numbered: 98, processes: 1, expected: 100 },
  ...{ received: 98, duplicates: 1, late: 0, ahead: 0, maxAhead: 0 },
  gaps: [{ process: '019abcde-0123-7abc-8def-0123456789ab', first: 41, last: 42 }],
  lateness: { p50: 0.8, p95: 1.4, p99: 1.9, max: 4.2 },
}

/** Creates the endpoint. */
export function createCompleteness(options: ApiOptions): OpenAPIHono {
  const { tenant_id, service, environment } = filterShape
  return createEndpoint(options, {
    path: '/api/v1/quality/completeness',
    operationId: 'getCompleteness',
    summary: 'Whether everything arrived',
    description:
      'Spans that services numbered and that never arrived, arrived late, or arrived again; by the time of their ' +
      'arrival, until a minute ago.',
    query: {
      ...{ ...periodShape, tenant_id, service, environment },
      late_seconds: wholeNumber(
        'late_seconds',
        2_592_000,
        LATE_SECONDS,
        'After so many seconds a span is late.',
      ),
    },
    schema,
    example: completenessOf(periodOf(examplePeriod()), [EXAMPLE]),
    table: (body) => tableOf(`completeness-${body.period.name}`, body.services),
    async answer({ query, now, context }) {
      const asked = resolvePeriod(query, now)
      if (Array.isArray(asked)) return asked
      const { tenant_id, service, environment } = query
      const rows = await completeness(context, asked, {
        filters: { tenant_id, service, environment },
        now,
        lateSeconds: query.late_seconds,
      })
      return completenessOf(periodOf(asked), rows)
    },
  })
}
