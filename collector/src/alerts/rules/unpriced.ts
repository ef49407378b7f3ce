/** Calls that cost something nobody could rate. */
import { z } from 'zod'
import { execute } from '../../query/execute.ts'
import { UNPRICED } from '../../query/usage-sums.ts'
import { type PartRow, partFinding } from './part.ts'
import { LAG_MS, minutes, type RuleKind } from './rule-kind.ts'
import { keyOf, nameOf, perSubject, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope {
  percent: number
  windowMinutes: number
  minCalls: number
}

export const unpriced: RuleKind<Settings> = {
  kind: 'unpriced',
  what: 'too many calls have no known cost',
  settings: {
    percent: z.number().min(0).max(100).default(1),
    windowMinutes: minutes.default(60),
    minCalls: z.number().int().min(1).default(20),
    ...scopeSettings,
  },
  once: false,
  defaults: { severity: 'warning', forSeconds: 0, keepSeconds: 900 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const { sql, params } = perSubject(
      settings,
      { start: now - settings.windowMinutes * 60_000, end: now },
      [`countIf(unpriced_reason != 'failed') AS calls`, `countIf(${UNPRICED}) AS part`],
      'calls >= {min_calls:UInt32}',
    )
    const rows = await execute<PartRow>(context, 'unpriced calls', sql, {
      ...params,
      min_calls: settings.minCalls,
    })
    return rows.map((row) => {
      const subject = subjectOf(settings, row.key)
      return partFinding(row, settings, {
        key: keyOf(subject),
        subject,
        title: `Calls${nameOf(subject)} have no known cost`,
        what: 'have no known cost; /api/v1/quality/unpriced lists their models',
      })
    })
  },
}
