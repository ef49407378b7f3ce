/**
 * A period that will cost more than its amount, told before it does.
 *
 * Invariant: projected from complete days by the same rule as the forecast; nothing is said before there are two
 * weeks of them.
 */
import { z } from 'zod'
import { formatDecimal, parseDecimal } from '../../query/decimal.ts'
import { forecast } from '../../query/forecast.ts'
import { usageCube } from '../../query/usage-cube.ts'
import { dateAt, daysOf, startOfDay } from '../../query/zone.ts'
import { amount, usd } from './amount.ts'
import { type Calendar, calendarSettings, periodOf } from './calendar.ts'
import { against, LAG_MS, type RuleKind } from './rule-kind.ts'
import { filtersOf, keyOf, nameOf, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope, Calendar {
  usd: string
  percent: number
}

const HISTORY_DAYS = 60
/** Each of them is projected from its days. */
const MOST_PROJECTED = 200

export const projectedOverrun: RuleKind<Settings> = {
  kind: 'projected_overrun',
  what: 'a period is projected to cost more than an amount',
  settings: {
    usd: amount,
    percent: z.number().positive().max(10_000).default(100).describe('Of the amount'),
    ...calendarSettings,
    ...scopeSettings,
  },
  once: true,
  defaults: { severity: 'warning', forSeconds: 0, keepSeconds: 3600 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const { timezone } = settings
    const period = periodOf(settings, now)
    const today = dateAt(now, timezone)
    const from = Math.min(period.start, startOfDay(today.subtract({ days: HISTORY_DAYS }), timezone))
    const days = daysOf(from, now, timezone)
    const { rows } = await usageCube(context, {
      start: from,
      end: now,
      filters: filtersOf(settings),
      starts: days.map(({ start }) => start),
      by: settings.by,
      limit: MOST_PROJECTED,
    })
    const limit = parseDecimal(settings.usd)
    const daysLeft = daysOf(now, period.end, timezone).length - 1
    const subjects = new Map<string, { key: readonly string[]; costs: Map<number, bigint> }>()
    for (const row of rows) {
      if (settings.by !== undefined && row.place === 0) continue
      const id = row.key.join('\u0000')
      const entry = subjects.get(id) ?? { key: row.key, costs: new Map() }
      entry.costs.set(Number(row.bucket) * 1000, parseDecimal(row.cost))
      subjects.set(id, entry)
    }
    return [...subjects.values()].flatMap(({ key, costs }) => {
      const byDay = days.map(({ start }) => costs.get(Math.floor(start / 1000) * 1000) ?? 0n)
      const first = byDay.findIndex((cost) => cost > 0n)
      const last = byDay.length - 1
      const inPeriod = days.findIndex(({ start }) => start >= period.start)
      const spent = byDay.slice(inPeriod, last).reduce((sum, cost) => sum + cost, 0n)
      const answer = forecast({
        history: first < 0 ? [] : byDay.slice(first, last).map(toUsd),
        today: toUsd(byDay[last] ?? 0n),
        spent: toUsd(spent),
        daysLeft,
      })
      if (answer === null) return []
      const subject = subjectOf(settings, key)
      const bound = (toUsd(limit) * settings.percent) / 100
      return [
        {
          key: `${keyOf(subject)}|${period.key}`,
          subject,
          period: period.key,
          ...against(answer.expected, bound),
          value: `$${answer.expected.toFixed(2)}`,
          threshold: `${settings.percent}% of ${usd(limit)}`,
          title: `This ${settings.every}${nameOf(subject)} is projected to cost $${answer.expected.toFixed(2)}`,
          summary: `${usd(spent + (byDay[last] ?? 0n))} are spent; at this pace it will be $${answer.expected.toFixed(2)} of ${usd(limit)}.`,
        },
      ]
    })
  },
}

function toUsd(units: bigint): number {
  return Number(formatDecimal(units))
}
