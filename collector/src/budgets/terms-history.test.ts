/** Months and terms over time: whatever changes, what was over stays as it was. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { statementPeriods, termsFor } from './statement.ts'
import type { Terms } from './terms.ts'
import { TermsHistory, type TermsRecord } from './terms-history.ts'

const DAY = 86_400_000
const FIRST = Date.parse('2024-01-01T00:00:00Z')
const BASIC: Terms = {
  ...{ plan: 'basic', name: 'Basic', price: '29', creditsPerUsd: '100', timezone: 'UTC', anchorDay: 1 },
  meters: { api_call: { included: '1000', overageUnitPrice: '0.01' } },
}
const at = (text: string) => Date.parse(text)
const months = (history: TermsHistory, now: number, count: number) =>
  statementPeriods(history, now, count).map(({ start, end, key }) => [
    ...[new Date(start).toISOString().slice(0, 16), new Date(end).toISOString().slice(0, 16)],
    key,
  ])

test('another anchor begins where the month under way meets it', () => {
  const own = [
    { validFrom: 0, recordedAt: 0, terms: { ...BASIC, anchorDay: 15 } },
    { validFrom: at('2026-04-20T10:00Z'), recordedAt: 1, terms: { ...BASIC, price: '49' } },
  ]
  const history = new TermsHistory({ present: { ...BASIC, price: '49' }, now: at('2026-05-10T00:00Z'), own })
  expect(months(history, at('2026-05-10T00:00Z'), 3)).toEqual([
    ['2026-05-01T00:00', '2026-06-01T00:00', 'month:2026-05-01'],
    ['2026-04-15T00:00', '2026-05-01T00:00', 'month:2026-04-15'],
    ['2026-03-15T00:00', '2026-04-15T00:00', 'month:2026-03-15'],
    ['2026-02-15T00:00', '2026-03-15T00:00', 'month:2026-02-15'],
  ])
  const [, april, march] = statementPeriods(history, at('2026-05-10T00:00Z'), 2)
  const price = (period = march) => period && termsFor(history, period, at('2026-05-10T00:00Z')).price
  expect([price(march), price(april)]).toEqual(['29', '49'])
})

test('what is recorded later holds from when it says, and what was recorded before it before that', () => {
  const now = at('2026-06-01T00:00Z')
  const own = [
    { validFrom: 0, recordedAt: 10, terms: BASIC },
    { validFrom: at('2026-04-01T00:00Z'), recordedAt: 20, terms: { ...BASIC, price: '39' } },
    { validFrom: at('2026-03-01T00:00Z'), recordedAt: 30, terms: { ...BASIC, price: '35' } },
  ]
  const history = new TermsHistory({ present: { ...BASIC, price: '35' }, now, own })
  const prices = ['2026-02-28T23:59Z', '2026-03-01T00:00Z', '2026-04-02T00:00Z'].map(
    (text) => history.at(at(text)).price,
  )
  expect(prices).toEqual(['29', '35', '35'])
})

test('who had no subscription had what those have who have none', () => {
  const now = at('2026-06-01T00:00Z')
  const others = [
    { validFrom: 0, recordedAt: 1, terms: { ...BASIC, plan: 'free', price: '0' } },
    { validFrom: at('2026-02-01T00:00Z'), recordedAt: 2, terms: { ...BASIC, plan: 'free', price: '1' } },
  ]
  const own: TermsRecord[] = [
    { validFrom: at('2026-03-01T00:00Z'), recordedAt: 3, terms: BASIC },
    { validFrom: at('2026-05-01T00:00Z'), recordedAt: 4 },
  ]
  const history = new TermsHistory({ present: { ...BASIC, plan: 'free', price: '1' }, now, own, others })
  const prices = ['2025-01-01T00:00Z', '2026-02-02T00:00Z', '2026-03-02T00:00Z', '2026-05-02T00:00Z'].map(
    (text) => history.at(at(text)).price,
  )
  expect(prices).toEqual(['0', '1', '29', '1'])
  const before = new TermsHistory({ present: BASIC, now: at('2020-01-01T00:00Z'), own: [], others })
  expect(before.at(at('2019-01-01T00:00Z')).price).toBe('0')
  expect(new TermsHistory({ present: BASIC, now }).at(0)).toEqual(BASIC)
})

const change = fc.record({
  after: fc.integer({ min: 1, max: 80 * 24 * 60 }).map((minutes) => minutes * 60_000),
  price: fc.integer({ min: 0, max: 3 }).map(String),
  anchorDay: fc.integer({ min: 1, max: 31 }),
  timezone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia'),
})

test('months that begin on the same date of two zones are told apart', () => {
  const own = [
    { validFrom: 0, recordedAt: 0, terms: { ...BASIC, anchorDay: 12, timezone: 'Pacific/Apia' } },
    { validFrom: at('2026-04-11T12:00Z'), recordedAt: 1, terms: { ...BASIC, anchorDay: 12 } },
  ]
  const now = at('2026-05-01T00:00Z')
  const history = new TermsHistory({ present: { ...BASIC, anchorDay: 12 }, now, own })
  expect(months(history, now, 2)).toEqual([
    ['2026-04-12T00:00', '2026-05-12T00:00', 'month:2026-04-12.2'],
    ['2026-04-11T11:00', '2026-04-12T00:00', 'month:2026-04-12'],
    ['2026-03-11T11:00', '2026-04-11T11:00', 'month:2026-03-12'],
  ])
})

test('months tile time, and what was over before a change is the same after it', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const own: TermsRecord[] = [{ validFrom: 0, recordedAt: 0, terms: BASIC }]
      let now = FIRST
      let last = stated(BASIC, own, now)
      for (const { after, ...fields } of changes) {
        now += after
        const due = stated((own.at(-1) as TermsRecord).terms as Terms, own, now)
        // time alone changes nothing that was over
        expectKept(last, due)
        const terms = { ...BASIC, ...fields }
        own.push({ validFrom: now, recordedAt: now, terms })
        const next = stated(terms, own, now)
        expectKept(due, next)
        last = next
      }
    }),
    { numRuns: 15 },
  )
})

interface Stated {
  now: number
  list: { start: number; end: number; key: string; price: string }[]
}

/** Every month of a year back, each as it would be stated. */
function stated(present: Terms, own: readonly TermsRecord[], now: number): Stated {
  const history = new TermsHistory({ present, now, own: [...own] })
  const periods = statementPeriods(history, now, 12)
  periods.forEach((period, index) => {
    expect(period.start).toBeLessThan(period.end)
    if (index > 0) expect(period.end).toBe(periods[index - 1]?.start)
    // asked for any instant of it, it is the same month
    for (const instant of [period.start, period.end - 1]) expect(history.periodAt(instant)).toEqual(period)
    expect(period.end - period.start).toBeLessThan(150 * DAY)
  })
  expect(new Set(periods.map(({ key }) => key)).size).toBe(periods.length)
  return { now, list: periods.map((period) => ({ ...period, price: termsFor(history, period, now).price })) }
}

function expectKept(before: Stated, after: Stated): void {
  const over = before.list.filter(({ end }) => end <= before.now && end > (after.list.at(-1)?.end ?? 0))
  expect(after.list.filter(({ end }) => end <= before.now && end > (after.list.at(-1)?.end ?? 0))).toEqual(
    over,
  )
}
