/**
 * A service that sent spans and no longer does.
 *
 * Invariant: judged by when spans came in, not by the times they carry; a service that has been silent for longer
 * than it is remembered is gone, not broken.
 */
import { z } from 'zod'
import { execute } from '../../query/execute.ts'
import { timeText } from '../../query/raw-range.ts'
import { minutes, type RuleKind } from './rule-kind.ts'
import { keyOf } from './scope.ts'

interface Settings {
  minutes: number
  rememberHours: number
  minSpans: number
  services?: string[] | undefined
}

interface Row {
  service: string
  spans: number
  silent_ms: number
}

export const ingestStopped: RuleKind<Settings> = {
  kind: 'ingest_stopped',
  what: 'a service no longer sends spans',
  settings: {
    minutes: minutes.default(15).describe('Silent for so long'),
    rememberHours: z.number().int().min(1).max(168).default(24),
    minSpans: z
      .number()
      .int()
      .min(1)
      .default(100)
      .describe('Services with fewer spans in that time are not missed'),
    services: z.array(z.string().min(1)).min(1).optional().describe('Only these; absent = every service'),
  },
  once: false,
  defaults: { severity: 'critical', forSeconds: 0, keepSeconds: 0 },
  lagMs: 0,
  async read(context, settings, now) {
    const rows = await execute<Row>(
      context,
      'services that fell silent',
      `SELECT service_name AS service, count() AS spans,
         toUnixTimestamp64Milli({now:DateTime64(3, 'UTC')}) - toUnixTimestamp64Milli(max(ingested_at)) AS silent_ms
       FROM spans
       WHERE ingested_at >= {since:DateTime64(3, 'UTC')} AND ingested_at < {now:DateTime64(3, 'UTC')}
         ${settings.services === undefined ? '' : 'AND service_name IN {services:Array(String)}'}
       GROUP BY service HAVING spans >= {min_spans:UInt32}`,
      {
        now: timeText(now),
        since: timeText(now - settings.rememberHours * 3_600_000),
        min_spans: settings.minSpans,
        ...(settings.services !== undefined && { services: settings.services }),
      },
    )
    return rows.map(({ service, spans, silent_ms }) => {
      const silent = Number(silent_ms) / 60_000
      const subject = { service: service === '' ? 'none' : service }
      return {
        key: keyOf(subject),
        subject,
        period: '',
        breached: silent >= settings.minutes,
        cleared: silent < settings.minutes,
        value: `${Math.floor(silent)} min`,
        threshold: `${settings.minutes} min`,
        title: `${subject.service} no longer sends spans`,
        summary: `Nothing for ${Math.floor(silent)} minutes, after ${spans} spans in ${settings.rememberHours} hours.`,
      }
    })
  },
}
