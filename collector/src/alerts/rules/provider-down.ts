/**
 * A provider that answers nobody.
 *
 * Invariant: what the caller did wrong (4xx) says nothing about the provider; one success says that it is up.
 */
import { z } from 'zod'
import { execute } from '../../query/execute.ts'
import { LAG_MS, minutes, type RuleKind } from './rule-kind.ts'
import { keyOf, perSubject, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope {
  windowMinutes: number
  minCalls: number
}

interface Row {
  key: string[]
  down: number
  up: number
}

export const providerDown: RuleKind<Settings> = {
  kind: 'provider_down',
  what: 'no call to a provider succeeds',
  settings: {
    windowMinutes: minutes.default(5),
    minCalls: z.number().int().min(1).default(5).describe('So many calls must have failed'),
    only: scopeSettings.only,
  },
  once: false,
  defaults: { severity: 'critical', forSeconds: 60, keepSeconds: 120 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const scope: Scope = { only: settings.only, by: 'provider' }
    const { sql, params } = perSubject(
      scope,
      { start: now - settings.windowMinutes * 60_000, end: now },
      [
        "countIf(status = 'error' AND (http_status_code >= 500 OR http_status_code = 0)) AS down",
        "countIf(status != 'error' OR http_status_code BETWEEN 100 AND 499) AS up",
      ],
      'down + up > 0',
    )
    const rows = await execute<Row>(context, 'providers that are down', sql, params)
    return rows.map((row) => {
      const [down, up] = [Number(row.down), Number(row.up)]
      const subject = subjectOf(scope, row.key)
      return {
        key: keyOf(subject),
        subject,
        period: '',
        breached: up === 0 && down >= settings.minCalls,
        cleared: up > 0,
        value: `${down} of ${down + up} calls`,
        threshold: `all of at least ${settings.minCalls}`,
        title: `${subject.provider} is down`,
        summary: `None of the ${down} calls of the last ${settings.windowMinutes} minutes was answered.`,
      }
    })
  },
}
