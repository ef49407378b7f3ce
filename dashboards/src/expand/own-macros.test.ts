/** Our own macros: what the page works out itself, and what Grafana is given in their place. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { ExpandContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { expand } from './expand.ts'
import { forGrafana } from './own-macros.ts'
import { tidy } from './tidy.ts'

const HOUR = 3_600_000
/** A Wednesday, 00:00 UTC. */
const MIDNIGHT = 1_764_115_200_000
const context: ExpandContext = {
  from: MIDNIGHT,
  to: MIDNIGHT + 24 * HOUR,
  now: MIDNIGHT + 36 * HOUR + 1_234,
  intervalMs: HOUR,
  timezone: 'utc',
  variables: { tenant: 'all', service: ['a AND 1=1'] },
}

function page(input: string, want: string, change: Partial<ExpandContext> = {}): void {
  test(`${input} becomes ${want}`, () => expect(expand(input, { ...context, ...change })).toBe(want))
}

describe('on the page', () => {
  page('$__number(intDiv(90000 + 86399, 86400) * 2)', '4')
  page('$__number(toUnixTimestamp(now()) * 1000)', 'toUnixTimestamp(now()) * 1000')
  page('$__zone', "'UTC'")
  page('$__zone', "'Asia/Tokyo'", { timezone: 'Asia/Tokyo' })
  page('$__hourly, $__daily', 'true, false')
  page('$__hourly', 'false', { intervalMs: HOUR / 2 })
  page('$__hourly', 'false', { timezone: 'Asia/Kathmandu' })
  page('$__daily', 'true', { intervalMs: 24 * HOUR })
  page('$__daily', 'false', { intervalMs: 24 * HOUR, timezone: 'Europe/Berlin' })
  page('$__bucket(t)', "toDateTime(intDiv(toUnixTimestamp(t), 3600) * 3600, 'UTC')")
  page('$__bucket(t)', "toDateTime(toMonday(t, 'UTC'), 'UTC')", {
    intervalMs: 168 * HOUR,
  })
  page('$__seconds(hour, 10, 7200)', "hour >= '1970-01-01 00:00:10' AND hour < '1970-01-01 02:00:00'")
  page('$__seconds(hour, now(), 5)', "hour >= toDateTime(now(), 'UTC') AND hour < '1970-01-01 00:00:05'")
  page(
    '$__seconds(hour, 5000000000, 5000003600)',
    "hour >= toDateTime(5000000000, 'UTC') AND hour < toDateTime(5000003600, 'UTC')",
  )
  page('$__days(5, 5, 86400, 1764115200)', "day >= '1970-01-02' AND day < '2025-11-26'")
  page('a AND $__outside(hour, 20, 10) AND b', 'a AND b')
  page('a AND $__outside(hour, 10, 20, daily)', 'a')
  page('$__outside(h, 10, 20, hourly)', "(h < '1970-01-01 00:00:10' OR h >= '1970-01-01 00:00:20')")
  page(
    '$__outside(h, 10, 20, what)',
    "(h < '1970-01-01 00:00:10' OR h >= '1970-01-01 00:00:20' OR NOT (what))",
  )
  page('(SELECT 1 WHERE $__days(7, 7) UNION ALL SELECT 2)', '( SELECT 2)')
  page('(SELECT 1 WHERE $__where(daily AND 1=1) UNION ALL SELECT 2)', '( SELECT 2)')
  page('(SELECT 1 WHERE $__days(7, 7) UNION ALL SELECT 2 WHERE $__days(7, 7))', '(SELECT 1 WHERE false )')
  page(
    '$__during(start_time, 3600001, 7199999)',
    "start_time >= '1970-01-01 01:00:00.001' AND start_time < '1970-01-01 02:00:00.000' AND toStartOfHour(start_time) >= '1970-01-01 01:00:00' AND toStartOfHour(start_time) <= '1970-01-01 01:00:00'",
  )
  page('$__during(at, 1, 2)', "at >= '1970-01-01 00:00:00.001' AND at < '1970-01-01 00:00:00.003'")
  page(
    '$__during(at, 1, now())',
    'at >= fromUnixTimestamp64Milli(toInt64(1)) AND at < fromUnixTimestamp64Milli(toInt64(now())) + toIntervalMillisecond(1)',
  )
  page('$__now, $__today', '1764244801, 1764201600')
  page('$__yesterday, $__month, $__nextMonth', '1764115200, 1761955200, 1764547200')
  page('$__today, $__month', '1764198000, 1761951600', { timezone: 'Europe/Berlin' })
  // in Berlin the 29th of March 2026 has 23 hours
  page('$__today - $__yesterday', '1774821600 - 1774738800', {
    timezone: 'Europe/Berlin',
    now: Date.UTC(2026, 2, 30, 12),
  })
  page('$__number(least($__now * 1000 - 60001, 5))', '5')
  page('$__number(greatest(7 - 9, 3) + intDiv(7, 2))', '6')
  page(
    '$__seconds(arrived, 3600, 7200)',
    "arrived >= '1970-01-01 01:00:00' AND arrived < '1970-01-01 02:00:00'",
  )
  page('(SELECT 1 WHERE $__seconds(arrived, 7200, 3600) UNION ALL SELECT 2)', '( SELECT 2)')
  page('day < $__day(86400)', "day < '1970-01-02'")
  page('hour < $__second(3600)', "hour < '1970-01-01 01:00:00'")
  page('at < $__instant(1500)', "at < '1970-01-01 00:00:01.500'")
  page('at < $__instant(now())', 'at < fromUnixTimestamp64Milli(toInt64(now()))')
  page('x AND $__where(hourly AND $__conditionalAll(0, $tenant))', 'x')
  page('SELECT 1 WHERE x AND $__where($__conditionalAll(0, $service))', 'SELECT 1 WHERE x AND false')
})

test('Grafana is given SQL, indented as it stands', () => {
  const sql = forGrafana(
    "  WHERE $__seconds(hour, 1, 2)\n  AND $__outside(h, 1, 2, hourly) AND '$__zone' != ''\n  , $__bucket(t)",
  )
  expect(sql).not.toMatch(/\$__(?:seconds|outside|bucket)/)
  expect(sql).toContain("hour >= toDateTime(1, 'UTC') AND hour < toDateTime(2, 'UTC')")
  expect(sql).toContain(" OR NOT (hourly)) AND '$__zone' != ''")
  expect(sql).toContain('\n    $__interval_s >= 2592000, ')
})

test('Grafana is given its own macros for the ends of the picked range, and functions for others', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
  expect(forGrafana('$__during(start_time, ${__from}, ${__to}) AND day < $__day(1)')).toBe(
    "start_time >= $__fromTime_ms AND start_time < $__toTime_ms + toIntervalMillisecond(1) AND toStartOfHour(start_time) > $__fromTime_ms - INTERVAL 1 HOUR AND toStartOfHour(start_time) <= $__toTime_ms AND day < toDate(toDateTime(1, 'UTC'))",
  )
  expect(forGrafana('$__during(at, 1, 2)')).toBe(
    'at >= fromUnixTimestamp64Milli(toInt64(1)) AND at < fromUnixTimestamp64Milli(toInt64(2)) + toIntervalMillisecond(1)',
  )
})

it('works out no more than sums of whole numbers', () => {
  for (const text of [
    '1 +',
    'now()',
    '1.5',
    '2 - 3',
    'intDiv(1)',
    '1 2',
    '(1',
    '9007199254740993',
    "'1'",
    '',
  ])
    expect([text, evaluate(text)]).toEqual([text, undefined])
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1e6 }), (a, b, c) => {
      expect(evaluate(`intDiv(${a} + ${b}, ${c}) * 2 + (${a})`)).toBe(Math.floor((a + b) / c) * 2 + a)
    }),
  )
})

it('leaves literals as they are', () => {
  const text = fc.stringMatching(/^[a-z =1()]*$/)
  fc.assert(
    fc.property(text, (inner) => {
      const literal = `'${inner} AND 1=1 UNION ALL __never__ ('`
      expect(tidy(`SELECT ${literal} AND 1=1`)).toBe(`SELECT ${literal}`)
    }),
  )
})
