/**
 * Spans that a service numbered and that never came.
 *
 * Invariant: judged by when spans came in, and by what had come at the instant that is asked for; a service whose
 * spans have no numbers is not judged.
 */
import { z } from 'zod'
import { completeness as readCompleteness } from '../../query/completeness.ts'
import { against, minutes, percent, type RuleKind } from './rule-kind.ts'
import { keyOf } from './scope.ts'

interface Settings {
  percent: number
  windowMinutes: number
  minSpans: number
  services?: string[] | undefined
  environments?: string[] | undefined
}

const names = z.array(z.string().min(1)).min(1).optional()

export const completeness: RuleKind<Settings> = {
  kind: 'completeness',
  what: 'too many spans of a service never arrive',
  settings: {
    percent: percent.default(1).describe('Of the spans that a service has numbered'),
    windowMinutes: minutes.default(60),
    minSpans: z.number().int().min(1).default(100).describe('Below so many in the window it says nothing'),
    services: names.describe('Only these; absent = every service'),
    environments: names.describe('Only these; absent = every environment'),
  },
  once: false,
  defaults: { severity: 'warning', forSeconds: 0, keepSeconds: 900 },
  lagMs: 0,
  async read(context, settings, now) {
    const rows = await readCompleteness(
      context,
      { start: now - settings.windowMinutes * 60_000, end: now },
      { filters: { service: settings.services, environment: settings.environments }, now },
    )
    const services = new Map<string, { expected: number; received: number }>()
    for (const { service, expected, received } of rows) {
      const sum = services.get(service) ?? { expected: 0, received: 0 }
      services.set(service, { expected: sum.expected + expected, received: sum.received + received })
    }
    return [...services]
      .filter(([, { expected }]) => expected >= settings.minSpans)
      .map(([name, { expected, received }]) => {
        const missing = expected - received
        const share = (100 * missing) / expected
        const subject = { service: name === '' ? 'none' : name }
        return {
          key: keyOf(subject),
          subject,
          period: '',
          ...against(share, settings.percent),
          value: `${share.toFixed(1)}%`,
          threshold: `${settings.percent}%`,
          title: `Spans of ${subject.service} are missing`,
          summary: `${missing} of ${expected} spans of the last ${settings.windowMinutes} minutes did not arrive; /api/v1/quality/completeness says which.`,
        }
      })
  },
}
