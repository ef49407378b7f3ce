/** Amounts, durations and periods, as people write them. */
import { z } from 'zod'
import { CALENDAR_PERIODS, type PeriodRule } from '../budgets/period.ts'
import { canonicalZone } from '../query/zone.ts'

/** A decimal of at most 12 decimals, as text or as a number; kept as text. */
export const decimal: z.ZodType<string, string | number> = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,20}(\.\d{1,12})?$/, 'is no decimal of 0 or more, such as 25 or "0.001"'))

/** Units of durations, milliseconds, the shortest first. */
export const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s`, `15m`, `24h`, `30d`; becomes milliseconds. */
export const duration: z.ZodType<number, string> = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'is no duration such as 90s, 15m, 24h or 30d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS])

/** An IANA zone. */
export const timezone: z.ZodType<string, string> = z
  .string()
  .refine(
    (name) => canonicalZone(name) !== undefined,
    'is no IANA time zone; write one such as Europe/Berlin',
  )

/** An instant: `2026-03-01T00:00:00Z`; becomes milliseconds. */
export const instant: z.ZodType<number, string> = z.iso
  .datetime({ offset: true, error: 'is no date-time such as 2026-03-01T00:00:00Z' })
  .transform((text) => Date.parse(text))

const calendar = z.enum(CALENDAR_PERIODS)
const anchors = {
  timezone: timezone.default('UTC'),
  anchorDay: z.number().int().min(1).max(31).default(1),
  anchorMonth: z.number().int().min(1).max(12).default(1),
  anchorWeekday: z.number().int().min(1).max(7).default(1),
}

type PeriodInput =
  | (typeof CALENDAR_PERIODS)[number]
  | { rolling: string }
  | {
      every: (typeof CALENDAR_PERIODS)[number]
      timezone?: string | undefined
      anchorDay?: number | undefined
      anchorMonth?: number | undefined
      anchorWeekday?: number | undefined
    }

/** `month`, `{ every: month, timezone: Europe/Berlin, anchorDay: 15 }` or `{ rolling: 24h }`. */
export const period: z.ZodType<PeriodRule, PeriodInput> = z.union([
  calendar.transform(
    (every): PeriodRule => ({ every, timezone: 'UTC', anchorDay: 1, anchorMonth: 1, anchorWeekday: 1 }),
  ),
  z.strictObject({ every: calendar, ...anchors }),
  z
    .strictObject({ rolling: duration })
    .transform(({ rolling }): PeriodRule => ({ every: 'rolling', windowMs: rolling })),
])
