/** Golden vectors: what Grafana and its ClickHouse data source would make of the same text. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type ExpandContext, ExpandError } from './context.ts'
import { expand } from './expand.ts'
import { intervalText, roundInterval } from './interval.ts'
import { quote } from './variables.ts'

const context: ExpandContext = {
  from: 1_415_792_726_000,
  to: 1_447_328_726_123,
  now: 1_447_328_726_123,
  intervalMs: 90_500,
  timezone: 'Europe/Berlin',
  variables: { provider: ['openai', "o'b\\x"], tenant: 'all', model: [''], none: [] },
}

function check(input: string, want: string): void {
  test(`${input} becomes ${want}`, () => expect(expand(input, context)).toBe(want))
}

function refuses(input: string, reason: RegExp): void {
  test(`${input} is refused`, () => {
    expect(() => expand(input, context)).toThrow(ExpandError)
    expect(() => expand(input, context)).toThrow(reason)
  })
}

describe('time macros', () => {
  check('$__timeFilter(t)', 't >= toDateTime(1415792726) AND t <= toDateTime(1447328726)')
  check(
    '$__timeFilter_ms(t)',
    't >= fromUnixTimestamp64Milli(1415792726000) AND t <= fromUnixTimestamp64Milli(1447328726123)',
  )
  check('$__dateFilter(d)', "d >= toDate('2014-11-12') AND d <= toDate('2015-11-12')")
  check(
    '$__dt(d, t)',
    "(d >= toDate('2014-11-12') AND d <= toDate('2015-11-12')) AND (t >= toDateTime(1415792726) AND t <= toDateTime(1447328726))",
  )
  check(
    '$__dateTimeFilter(d, t)',
    "(d >= toDate('2014-11-12') AND d <= toDate('2015-11-12')) AND (t >= toDateTime(1415792726) AND t <= toDateTime(1447328726))",
  )
  check('$__fromTime, $__toTime', 'toDateTime(1415792726), toDateTime(1447328726)')
  check(
    '$__fromTime_ms, $__toTime_ms',
    'fromUnixTimestamp64Milli(1415792726000), fromUnixTimestamp64Milli(1447328726123)',
  )
  check('$__timeFrom(t) OR $__timeTo(t)', 't >= toDateTime(1415792726) OR t <= toDateTime(1447328726)')
  check('$__timeInterval(t)', 'toStartOfInterval(toDateTime(t), INTERVAL 90 second)')
  check('$__timeInterval_ms(t)', 'toStartOfInterval(toDateTime64(t, 3), INTERVAL 90500 millisecond)')
  check('$__timeGroup(t, 5m)', 'toStartOfInterval(toDateTime(t), INTERVAL 300 second)')
  check('$__interval_s', '90')
  check(
    '$__timeInterval(if(a, b, $__fromTime))',
    'toStartOfInterval(toDateTime(if(a, b, toDateTime(1415792726))), INTERVAL 90 second)',
  )
})

describe('what is no code is left alone', () => {
  check("'$__timeFilter(t)'", "'$__timeFilter(t)'")
  check("'it\\'s $__fromTime' , $__interval_s", "'it\\'s $__fromTime' , 90")
  check("'it''s $__fromTime'", "'it''s $__fromTime'")
  check('`$__fromTime`', '`$__fromTime`')
  check('1 -- $__unknown\n+ $__interval_s', '1 -- $__unknown\n+ 90')
  check('/* $__unknown */ 1', '/* $__unknown */ 1')
})

describe('variables', () => {
  check('a IN (${provider:singlequote})', "a IN ('openai','o\\'b\\\\x')")
  check('a IN ([[provider:sqlstring]])', "a IN ('openai','o\\'b\\\\x')")
  check('${__from} ${__to} ${__interval_ms}', '1415792726000 1447328726123 90500')
  check('${__range_s} $__range_ms', '31536000 31536000123')
  check(
    "if('${__timezone}' = 'utc', 'UTC', '${__timezone}')",
    "if('Europe/Berlin' = 'utc', 'UTC', 'Europe/Berlin')",
  )
  refuses('a = $provider', /only the formats/)
  refuses('a = ${provider:raw}', /only the formats/)
  refuses('a = ${provider:csv}', /only the formats/)
  refuses('a = ${unheard:singlequote}', /no such variable/)
  refuses('a = ${constructor:singlequote}', /no such variable/)
})

describe('$__conditionalAll', () => {
  check('$__conditionalAll(a IN (${provider:singlequote}), $provider)', "a IN ('openai','o\\'b\\\\x')")
  check('$__conditionalAll(a IN (${tenant:singlequote}), $tenant)', '1=1')
  check('$__conditionalAll(a = 1, ${model})', '1=1')
  check('$__conditionalAll(a = 1, $none)', '1=1')
  check("$__conditionalAll(a = '),(', $provider)", "a = '),('")
  check('$__conditionalAll($__conditionalAll(a = 1, $tenant) OR f(b, c), $provider)', '1=1 OR f(b, c)')
  refuses('$__conditionalAll(a = 1)', /one plain variable/)
  refuses('$__conditionalAll(a = 1, ${provider:csv})', /one plain variable/)
  refuses('$__conditionalAll(a = 1, $unheard)', /no such variable/)
  refuses('$__conditionalAll(a = 1, $provider', /never closed/)
})

describe('mistakes of an author', () => {
  refuses('$__nothing(t)', /no such macro/)
  refuses('$__toString', /no such macro/)
  refuses('$__timeFilter()', /takes 1 argument/)
  refuses('$__timeFilter(a, b)', /takes 1 argument/)
  refuses('$__timeGroup(t, 1d)', /no duration/)
  refuses('SELECT 1;', /belong to who runs it/)
  refuses('SELECT 1 FORMAT JSON', /belong to who runs it/)
  refuses('SELECT 1 SETTINGS readonly = 0', /belong to who runs it/)
})

describe('interval', () => {
  it.each([
    [3_600_000, 29, '2m'],
    [21_600_000, 29, '10m'],
    [86_400_000, 29, '1h'],
    [86_400_000, 60, '20m'],
    [7 * 86_400_000, 29, '6h'],
    [30 * 86_400_000, 29, '1d'],
    [365 * 86_400_000, 29, '7d'],
    [0, 29, '1ms'],
  ])('of %i ms in %i buckets is %s', (range, points, want) => {
    expect(intervalText(roundInterval(range, points))).toBe(want)
  })

  it('never shrinks as the range grows', () => {
    fc.assert(
      fc.property(fc.nat(4e11), fc.nat(4e11), fc.integer({ min: 1, max: 2_000 }), (a, b, points) => {
        expect(roundInterval(Math.min(a, b), points)).toBeLessThanOrEqual(
          roundInterval(Math.max(a, b), points),
        )
      }),
    )
  })
})

it('a quoted value ends where it began, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("'", '\\', 'a', '$', '{', '}', ')', '\n', '`', '"', '-') }),
      (value) => {
        const text = quote(value)
        expect(
          expand(`f(\${v:singlequote}, $__interval_s)`, { ...context, variables: { v: [value, value] } }),
        ).toBe(`f(${text},${text}, 90)`)
      },
    ),
  )
})
