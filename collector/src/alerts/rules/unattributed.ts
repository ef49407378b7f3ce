/** Calls that nobody can be charged for. */
import { z } from 'zod'
import { execute } from '../../query/execute.ts'
import { ATTRIBUTES, type Attribute } from '../../query/quality.ts'
import { type PartRow, partFinding } from './part.ts'
import { LAG_MS, minutes, type RuleKind } from './rule-kind.ts'
import { keyOf, nameOf, perSubject, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope {
  attribute: Attribute
  percent: number
  windowMinutes: number
  minCalls: number
}

export const unattributed: RuleKind<Settings> = {
  kind: 'unattributed',
  what: 'too many calls say not whose they are',
  settings: {
    attribute: z.enum(Object.keys(ATTRIBUTES) as [Attribute, ...Attribute[]]).default('tenant_id'),
    percent: z.number().min(0).max(100).default(5),
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
      [`count() AS calls`, `countIf(${ATTRIBUTES[settings.attribute]} = '') AS part`],
      'calls >= {min_calls:UInt32}',
    )
    const rows = await execute<PartRow>(context, 'unattributed calls', sql, {
      ...params,
      min_calls: settings.minCalls,
    })
    return rows.map((row) => {
      const subject = { ...subjectOf(settings, row.key), attribute: settings.attribute }
      return partFinding(row, settings, {
        key: keyOf(subject),
        subject,
        title: `Calls${nameOf(subjectOf(settings, row.key))} have no ${settings.attribute}`,
        what: `have no ${settings.attribute}`,
      })
    })
  },
}
