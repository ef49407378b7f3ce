/**
 * Spend of a calendar period against an amount: told at each threshold, once a period.
 *
 * Invariant: what is compared is exact; a period that has begun anew is another period.
 */
import type { z } from 'zod'
import { parseDecimal } from '../../query/decimal.ts'
import { usageCube } from '../../query/usage-cube.ts'
import { amount, thresholdFindings, thresholds } from './amount.ts'
import { type Calendar, calendarSettings, periodOf } from './calendar.ts'
import type { RuleKind } from './rule-kind.ts'
import { LAG_MS } from './rule-kind.ts'
import { filtersOf, MOST_SUBJECTS, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope, Calendar {
  usd: string
  thresholds: number[]
}

export const spend: RuleKind<Settings> = {
  kind: 'spend',
  what: 'spend of a calendar period reaches parts of an amount',
  settings: {
    usd: amount.describe('The amount for each subject'),
    thresholds: thresholds.describe('Percent of the amount'),
    ...calendarSettings,
    ...scopeSettings,
  } satisfies z.ZodRawShape,
  once: true,
  defaults: { severity: 'warning', forSeconds: 0, keepSeconds: 0 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const period = periodOf(settings, now)
    const { rows } = await usageCube(context, {
      start: period.start,
      end: now,
      filters: filtersOf(settings),
      by: settings.by,
      limit: MOST_SUBJECTS,
    })
    return rows
      .filter(({ place, key }) => settings.by === undefined || (place > 0 && key.length > 0))
      .flatMap((row) =>
        thresholdFindings({
          subject: subjectOf(settings, row.key),
          spent: parseDecimal(row.cost),
          limit: parseDecimal(settings.usd),
          percents: settings.thresholds,
          period: period.key,
          what: `Spend of this ${settings.every}`,
        }),
      )
  },
}
