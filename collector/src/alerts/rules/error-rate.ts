/** The part of calls that failed, over a window. */
import { z } from 'zod'
import { execute } from '../../query/execute.ts'
import { against, LAG_MS, minutes, percent, type RuleKind } from './rule-kind.ts'
import { keyOf, nameOf, perSubject, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope {
  percent: number
  windowMinutes: number
  minCalls: number
}

interface Row {
  key: string[]
  calls: number
  errors: number
}

export const errorRate: RuleKind<Settings> = {
  kind: 'error_rate',
  what: 'too many calls fail',
  settings: {
    percent: percent.default(20),
    windowMinutes: minutes.default(10),
    minCalls: z
      .number()
      .int()
      .min(1)
      .default(20)
      .describe('Below so many calls in the window it says nothing'),
    ...scopeSettings,
  },
  once: false,
  defaults: { severity: 'warning', forSeconds: 120, keepSeconds: 300 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const range = { start: now - settings.windowMinutes * 60_000, end: now }
    const { sql, params } = perSubject(
      settings,
      range,
      ['count() AS calls', "countIf(status = 'error') AS errors"],
      'calls >= {min_calls:UInt32}',
    )
    const rows = await execute<Row>(context, 'error rates', sql, { ...params, min_calls: settings.minCalls })
    return rows.map((row) => {
      const [calls, errors] = [Number(row.calls), Number(row.errors)]
      const rate = (100 * errors) / calls
      const subject = subjectOf(settings, row.key)
      return {
        key: keyOf(subject),
        subject,
        period: '',
        ...against(rate, settings.percent),
        value: `${rate.toFixed(1)}%`,
        threshold: `${settings.percent}%`,
        title: `Calls${nameOf(subject)} fail`,
        summary: `${errors} of ${calls} calls of the last ${settings.windowMinutes} minutes failed.`,
      }
    })
  },
}
