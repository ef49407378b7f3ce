/**
 * The query parameters of a period, as every endpoint takes them.
 *
 * Invariant: a parameter that is given twice is refused; which of the two counts is not for us to guess.
 */
import { z } from '@hono/zod-openapi'
import { MAX_RANGE_DAYS, PERIODS, type PeriodQuery, WEEK_DAYS } from './period.ts'

const once = (name: string): string => `${name} is given more than once; write it once`

/** The shape of the period parameters, to be spread into an endpoint's parameters. */
export const periodShape: {
  period: z.ZodOptional<z.ZodEnum<{ [name in (typeof PERIODS)[number]]: name }>>
  startDate: z.ZodOptional<z.ZodString>
  endDate: z.ZodOptional<z.ZodString>
  timezone: z.ZodDefault<z.ZodString>
  weekStart: z.ZodDefault<z.ZodEnum<{ [day in (typeof WEEK_DAYS)[number]]: day }>>
} = {
  period: z
    .enum(PERIODS, { error: (issue) => (Array.isArray(issue.input) ? once('period') : undefined) })
    .optional()
    .openapi({
      description:
        '`today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first ' +
        'day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. ' +
        '`last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). ' +
        'Default: `custom` when a date is given, else `month`.',
    }),
  startDate: text('startDate')
    .optional()
    .openapi({
      description:
        'First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an ' +
        'offset, or without one and then local to `timezone`.',
      example: '2026-03-01',
    }),
  endDate: text('endDate')
    .optional()
    .openapi({
      description: `First instant after a custom range (exclusive). At most ${MAX_RANGE_DAYS} days after startDate.`,
      example: '2026-04-01',
    }),
  timezone: text('timezone').default('UTC').openapi({
    description: 'IANA time zone in which days and calendar periods are meant.',
    example: 'Europe/Berlin',
  }),
  weekStart: z
    .enum(WEEK_DAYS, { error: (issue) => (Array.isArray(issue.input) ? once('weekStart') : undefined) })
    .default('monday')
    .openapi({ description: 'Day with which `period=week` starts.' }),
}

function text(name: string): z.ZodString {
  return z
    .string({ error: (issue) => (Array.isArray(issue.input) ? once(name) : undefined) })
    .min(1, 'is empty; leave it out or give it a value')
    .max(64)
}

/** The period parameters among the parameters of a URL; what is given twice or not a text is left out. */
export function periodTexts(parameters: Readonly<Record<string, unknown>>): PeriodQuery {
  return Object.fromEntries(
    Object.keys(periodShape).flatMap((name) => {
      const text = parameters[name]
      return typeof text === 'string' ? [[name, text]] : []
    }),
  )
}
