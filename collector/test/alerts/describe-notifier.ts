/**
 * What every notifier has to do, whatever it tells.
 *
 * Each HTTP status is stated once for each receiver; what the table does not say has failed.
 */
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { AlertEvent, Notice } from '../../src/alerts/notice.ts'
import type { Delivery, HttpNotifierSpec, Notifier } from '../../src/alerts/notifier.ts'

/** Half-open ranges of statuses by what they mean. */
export interface StatusRanges {
  readonly delivered: readonly (readonly [number, number])[]
  readonly retry: readonly (readonly [number, number])[]
  readonly disable: readonly (readonly [number, number])[]
}

export const NOW = Date.UTC(2026, 2, 2, 9, 30)

/** An alert with names that are hostile to every format. */
export function alertEvent(over: Partial<AlertEvent> = {}): AlertEvent {
  return {
    alertId: 'a1b2c3d4e5f6a7b8c9d0',
    status: 'firing',
    rule: 'tenant-budget',
    severity: 'critical',
    title: 'Spend of tenant_id <!channel> & "co" has reached 80%',
    summary: '$40.00 of $50.00 are spent, 80%.\nNothing else.',
    subject: { tenant_id: '<!channel> @everyone & "co"', 'a-b.c': 'x' },
    value: '$40.00 (80%)',
    threshold: '80% of $50.00',
    startsAt: NOW - 60_000,
    runbook: 'https://example.com/runbook?a=1&b=2',
    ...over,
  }
}

export function noticeOf(...events: AlertEvent[]): Notice {
  return { id: 'msg-1', createdAt: NOW, events, link: 'https://spanmeter.example/?a=b' }
}

export function deliveryAt(over: Partial<Delivery> = {}): Delivery {
  return {
    now: NOW,
    allowPrivate: true,
    post: async () => ({ status: 200, headers: {}, body: '' }),
    ...over,
  }
}

/** Runs the suite. @param settings as a user writes them */
export function describeNotifier<Settings>(
  notifier: Notifier<Settings> & HttpNotifierSpec<Settings>,
  settings: Record<string, unknown>,
  ranges: StatusRanges,
): void {
  const parsed = z.strictObject(notifier.settings).parse(settings) as Settings
  const within = (list: readonly (readonly [number, number])[], status: number) =>
    list.some(([from, to]) => status >= from && status < to)

  it('knows what every HTTP status means', () => {
    const table: Record<string, number[]> = {}
    const want: Record<string, number[]> = {}
    for (let status = 100; status < 600; status++) {
      const { outcome } = notifier.judge({ status, headers: {}, body: 'why' }, NOW)
      const wanted = within(ranges.disable, status)
        ? 'disable'
        : within(ranges.delivered, status)
          ? 'delivered'
          : within(ranges.retry, status)
            ? 'retry'
            : 'failed'
      table[outcome] = [...(table[outcome] ?? []), status]
      want[wanted] = [...(want[wanted] ?? []), status]
    }
    expect(table).toEqual(want)
  })

  it('waits as long as the receiver says', () => {
    const after = (value: string) =>
      notifier.judge({ status: 429, headers: { 'retry-after': value }, body: '' }, NOW)
    expect(after('7')).toMatchObject({ outcome: 'retry', afterMs: 7_000 })
    expect(after(new Date(NOW + 90_000).toUTCString())).toMatchObject({ afterMs: 90_000 })
    expect(after('soon')).not.toHaveProperty('afterMs')
  })

  it('sends JSON that repeats itself, for one alert and for as many as it takes', () => {
    for (const count of new Set([1, notifier.batch])) {
      const events = Array.from({ length: count }, (_, index) => alertEvent({ alertId: `alert-${index}` }))
      const compose = () => notifier.compose(noticeOf(...events), parsed, deliveryAt())
      const sent = compose()
      expect(JSON.parse(sent.body)).toBeTypeOf('object')
      expect(sent.headers['content-type']).toMatch(/^application\/json/)
      expect(compose()).toEqual(sent)
      expect(Buffer.byteLength(sent.body)).toBeLessThan(28 * 1024 * Math.max(1, count / 10))
    }
  })

  it('tells what began and what ended apart', () => {
    const body = (status: 'firing' | 'resolved') =>
      notifier.compose(
        noticeOf(alertEvent({ status, ...(status === 'resolved' && { endsAt: NOW }) })),
        parsed,
        deliveryAt(),
      ).body
    expect(body('firing')).not.toBe(body('resolved'))
  })

  it('uses the words of a template where it shows text', () => {
    const text = { title: 'MY TITLE', body: 'MY BODY' }
    const plain = notifier.compose(noticeOf(alertEvent()), parsed, deliveryAt()).body
    const own = notifier.compose(noticeOf(alertEvent()), parsed, deliveryAt({ text })).body
    // what is read by programs has no place for words
    if (own === plain) expect(['webhook', 'alertmanager']).toContain(notifier.type)
    else expect(own).toContain('MY TITLE')
  })

  it('gives up one day', () => {
    expect(notifier.schedule.length).toBeGreaterThan(4)
    expect(notifier.schedule.every((wait) => wait > 0 && wait <= 24 * 3_600_000)).toBe(true)
  })
}
