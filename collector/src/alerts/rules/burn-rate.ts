/**
 * Money that goes faster than its period lasts: over a long window and a short one, so that it is neither a moment
 * nor long past.
 *
 * Invariant: an amount may be used up, so a burn of 1 is no fault; what is told is when the rest ends before the
 * period does. A long window with less than a given part of the amount says nothing.
 */
import { z } from 'zod'
import { parseDecimal } from '../../query/decimal.ts'
import { execute } from '../../query/execute.ts'
import { usageCube } from '../../query/usage-cube.ts'
import { amount, usd } from './amount.ts'
import { type Calendar, calendarSettings, periodOf } from './calendar.ts'
import { HYSTERESIS, LAG_MS, minutes, type RuleKind } from './rule-kind.ts'
import {
  filtersOf,
  keyOf,
  MOST_SUBJECTS,
  nameOf,
  perSubject,
  type Scope,
  scopeSettings,
  subjectOf,
} from './scope.ts'

interface Settings extends Scope, Calendar {
  usd: string
  longMinutes: number
  shortMinutes: number
  factor: number
  minPercent: number
}

interface Row {
  key: string[]
  long: string
  short: string
}

export const burnRate: RuleKind<Settings> = {
  kind: 'burn_rate',
  what: 'spend is so fast that an amount will not last its period',
  settings: {
    usd: amount,
    longMinutes: minutes.default(60),
    shortMinutes: minutes.default(5),
    factor: z
      .number()
      .positive()
      .default(14)
      .describe('Times the rate that would use the amount up just in time'),
    minPercent: z.number().min(0).max(100).default(2).describe('Of the amount in the long window, at least'),
    ...calendarSettings,
    ...scopeSettings,
  },
  once: false,
  defaults: { severity: 'critical', forSeconds: 0, keepSeconds: 600 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const { longMinutes, shortMinutes, factor, minPercent } = settings
    const period = periodOf(settings, now)
    const shortStart = (now - shortMinutes * 60_000) / 1000
    const { sql, params } = perSubject(
      settings,
      { start: now - longMinutes * 60_000, end: now },
      [
        'toString(sum(ifNull(cost, toDecimal128(0, 12)))) AS long',
        'toString(sumIf(ifNull(cost, toDecimal128(0, 12)), start_time >= toDateTime64({short_start:Float64}, 3))) AS short',
      ],
      'count() > 0',
    )
    const [rows, { rows: spentRows }] = await Promise.all([
      execute<Row>(context, 'burn rates', sql, { ...params, short_start: shortStart }),
      usageCube(context, {
        start: period.start,
        end: now,
        filters: filtersOf(settings),
        by: settings.by,
        limit: MOST_SUBJECTS,
      }),
    ])
    const spent = new Map(spentRows.map((row) => [row.key.join('\u0000'), parseDecimal(row.cost)]))
    const limit = parseDecimal(settings.usd)
    const perMinute = Number(limit) / ((period.end - period.start) / 60_000)
    return rows.map((row) => {
      const [long, short] = [parseDecimal(row.long), parseDecimal(row.short)]
      const burn = Math.min(Number(long) / longMinutes, Number(short) / shortMinutes) / perMinute
      const left = limit - (spent.get(row.key.join('\u0000')) ?? 0n)
      const minutesLeft = left <= 0n ? 0 : Number(left) / (Number(long) / longMinutes)
      const enough = Number(long) >= (Number(limit) * minPercent) / 100
      const tooSoon = now + minutesLeft * 60_000 < period.end
      const subject = subjectOf(settings, row.key)
      return {
        key: keyOf(subject),
        subject,
        period: '',
        breached: burn >= factor && enough && tooSoon,
        cleared: burn < factor * HYSTERESIS,
        value: `${burn.toFixed(1)} times`,
        threshold: `${factor} times`,
        title: `Spend${nameOf(subject)} burns through ${usd(limit)}`,
        summary:
          left <= 0n
            ? `${usd(long)} in ${longMinutes} minutes, and nothing of the amount is left.`
            : `${usd(long)} in ${longMinutes} minutes: the ${usd(left)} that are left end in ${duration(minutesLeft)}.`,
      }
    })
  },
}

function duration(inMinutes: number): string {
  if (inMinutes < 120) return `${Math.round(inMinutes)} minutes`
  return inMinutes < 2 * 1440 ? `${Math.round(inMinutes / 60)} hours` : `${Math.round(inMinutes / 1440)} days`
}
