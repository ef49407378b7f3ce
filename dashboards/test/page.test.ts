/** The page's files: their weight, and the pieces of it that need no browser. */
import { expect, it, test } from 'vitest'
import { loadPage } from '../src/page/load.ts'
import { dashboards } from '../src/registry.ts'
import { lonely, otherLast } from '../viewer/chart-data.ts'
import { markOf } from '../viewer/colors.ts'
import { csvOf } from '../viewer/csv.ts'
import { formatChange, formatExact, formatTick, formatValue } from '../viewer/format.ts'
import { narrowSpans } from '../viewer/layout.ts'
import { addressOf, readView, viewOf } from '../viewer/location.ts'
import { bucketStarts, formatField, parseField } from '../viewer/time.ts'

it('weighs less than 60 KB as it is sent, and asks nobody else for anything', async () => {
  const assets = await loadPage()
  const weight = assets.reduce((sum, { gzip }) => sum + gzip.length, 0)
  expect(weight).toBeLessThan(60_000)
  expect(weight).toBeGreaterThan(10_000)
  for (const { path, body } of assets) {
    const addresses = body.toString().match(/https?:\/\/[^\s"'`)]+/g) ?? []
    expect(
      addresses.filter((address) => !address.startsWith('http://www.w3.org/')),
      path,
    ).toEqual([])
  }
})

function check(got: string, want: string): void {
  test(want, () => expect(got).toBe(want))
}

check(formatValue('0', 'usd'), '$0.00')
check(formatValue('0.000420000000', 'usd'), '$0.00042')
check(formatValue('0.000000000001', 'usd'), '$0.000000000001')
check(formatValue(12.345, 'usd'), '$12.35')
check(formatValue('1234.5', 'usd'), '$1,234.50')
check(formatValue(45_678.9, 'usd'), '$45,679')
check(formatValue(1_234_567, 'usd'), '$1.23M')
check(formatValue(null, 'usd'), '–')
check(formatExact('1234567.890000000001', 'usd'), '$1,234,567.890000000001')
check(formatExact('12.500000000000', 'usd'), '$12.50')
check(formatExact('-3', 'usd'), '-$3.00')
check(formatTick(1200, 'usd'), '$1.2K')
check(formatTick(0.005, 'usd'), '$0.005')
check(formatValue(9_999, 'count'), '9,999')
check(formatValue(0.00375, 'amount'), '0.00375')
check(formatValue(-0.00275, 'amount'), '−0.00275')
check(formatValue(0, 'amount'), '0')
check(formatValue(47.5, 'amount'), '47.5')
check(formatValue(99.995, 'amount'), '100')
check(formatValue(12_345.6, 'amount'), '12,346')
check(formatExact('0.000000000001', 'amount'), '0.000000000001')
check(formatValue(12_345_678, 'tokens'), '12.3M')
check(formatValue(0.0134, 'percent'), '1.3%')
check(formatValue(0.000_02, 'percent'), '<0.01%')
check(formatValue(1, 'percent'), '100%')
check(formatChange(0.124), '+12.4%')
check(formatChange(-0.5), '−50.0%')
check(formatValue(0.54, 'seconds'), '540 ms')
check(formatValue(3.456, 'seconds'), '3.46 s')
check(formatValue(119.6, 'seconds'), '2m 00s')

it('a file for a spreadsheet has raw numbers and no formulas', () => {
  const frame = {
    fields: [
      { name: 'time', type: 'time', values: [0] },
      { name: 'title', type: 'string', values: ['=HYPERLINK("x"), y'] },
      { name: 'cost', type: 'decimal', values: ['0.000000000001'] },
      { name: 'change', type: 'number', values: [-1] },
    ],
  } as const
  expect(csvOf(frame)).toBe(
    'time,title,cost,change\r\n1970-01-01T00:00:00.000Z,"\'=HYPERLINK(""x""), y",0.000000000001,-1\r\n',
  )
})

const defaults = [
  { uid: 'one', time: { from: 'now-24h', to: 'now' }, refresh: '30s' },
  { uid: 'two', time: { from: 'now-6h', to: 'now' }, refresh: '1m' },
]

it('an address says what is shown, in both directions', () => {
  const address =
    '/d/two?from=now-7d&to=now&timezone=utc&refresh=5m&var-model=a%26b&var-model=c&viewPanel=7&calls=sort:-cost,status:error&call=ab/cd@1'
  const view = readView(new URL(address, 'http://localhost'), defaults)
  expect(view).toMatchObject({
    uid: 'two',
    from: 'now-7d',
    timezone: 'utc',
    variables: { model: ['a&b', 'c'] },
    panel: '7',
    calls: { sort: '-cost', status: 'error' },
    call: 'ab/cd@1',
  })
  expect(addressOf(view, defaults)).toBe(address)
  expect(addressOf(readView(new URL('http://localhost/'), defaults), defaults)).toBe('/')
})

it('another dashboard keeps filters and a chosen range, and has its own where none was chosen', () => {
  const from = (address: string) => readView(new URL(address, 'http://localhost'), defaults)
  const there = (address: string) => addressOf(viewOf('two', from(address), defaults), defaults)
  expect(there('/?var-model=a&call=ab/cd@1')).toBe('/d/two?var-model=a')
  expect(there('/?from=now-7d&to=now&viewPanel=3')).toBe('/d/two?from=now-7d&to=now')
})

it('fields of a range are read in the zone that they are shown in', () => {
  const at = Date.parse('2026-07-01T22:30:00Z')
  expect(formatField(at, 'Europe/Berlin')).toBe('2026-07-02 00:30')
  expect(parseField('2026-07-02 00:30', 'Europe/Berlin')).toBe(at)
  expect(parseField('2026-13-02 00:30', 'Europe/Berlin')).toBeUndefined()
})

it('buckets are those that the queries cut, also when clocks change', () => {
  const from = Date.parse('2025-10-25T22:00:00Z')
  const starts = (interval: number, days: number) =>
    bucketStarts(from, from + days * 86_400_000 - 1, interval, 'Europe/Berlin').map((at) =>
      formatField(at, 'Europe/Berlin'),
    )
  expect(starts(43_200_000, 2)).toEqual([
    '2025-10-26 00:00',
    '2025-10-26 11:00',
    '2025-10-27 00:00',
    '2025-10-27 12:00',
  ])
  expect(starts(86_400_000, 3)).toEqual(['2025-10-26 00:00', '2025-10-27 00:00', '2025-10-28 00:00'])
  expect(starts(3_600_000, 1)).toHaveLength(24)
})

test.each(dashboards)('$title has no hole in the layout of twelve columns', ({ panels }) => {
  let used = 0
  for (const span of narrowSpans(panels)) {
    expect(used + span).toBeLessThanOrEqual(12)
    used = (used + span) % 12
  }
  expect(used).toBe(0)
})

it('finds the values that a line alone would not show', () => {
  expect(lonely([1, null, '2', 3, null, '4', null])).toEqual([0, 5])
  expect(lonely([null, 0])).toEqual([1])
  expect(lonely([null, null])).toEqual([])
})

check(markOf('red', 0), 'red')
check(markOf('red', 1), 'repeating-linear-gradient(90deg, red 0 6px, transparent 6px 9px)')

it('has the column of everything else last', () => {
  const fields = ['time', 'Other', 'a'].map((name) => ({ name, type: 'number' as const, values: [] }))
  expect(otherLast({ fields }).fields.map(({ name }) => name)).toEqual(['time', 'a', 'Other'])
})
