/** A quantile of how long calls take, over a window. */
import { z } from 'zod'
import { execute } from '../../query/execute.ts'
import { against, LAG_MS, minutes, type RuleKind } from './rule-kind.ts'
import { keyOf, nameOf, perSubject, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope {
  seconds: number
  quantile: number
  windowMinutes: number
  minCalls: number
}

interface Row {
  key: string[]
  calls: number
  seconds: number
}

export const latency: RuleKind<Settings> = {
  kind: 'latency',
  what: 'calls take too long',
  settings: {
    seconds: z.number().positive(),
    quantile: z.number().min(0.01).max(0.999).default(0.95),
    windowMinutes: minutes.default(10),
    minCalls: z.number().int().min(1).default(20),
    ...scopeSettings,
  },
  once: false,
  defaults: { severity: 'warning', forSeconds: 300, keepSeconds: 300 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    const range = { start: now - settings.windowMinutes * 60_000, end: now }
    const { sql, params } = perSubject(
      settings,
      range,
      ['count() AS calls', `quantileTDigest(${settings.quantile})(duration_ns / 1e9) AS seconds`],
      'calls >= {min_calls:UInt32}',
    )
    const rows = await execute<Row>(context, 'latencies', sql, { ...params, min_calls: settings.minCalls })
    return rows.map(({ key, calls, seconds }) => {
      const subject = subjectOf(settings, key)
      const p = `p${Number((settings.quantile * 100).toFixed(1))}`
      return {
        key: keyOf(subject),
        subject,
        period: '',
        ...against(seconds, settings.seconds),
        value: `${seconds.toFixed(2)} s`,
        threshold: `${settings.seconds} s`,
        title: `Calls${nameOf(subject)} are slow`,
        summary: `${p} of ${calls} calls of the last ${settings.windowMinutes} minutes is ${seconds.toFixed(2)} s.`,
      }
    })
  },
}
