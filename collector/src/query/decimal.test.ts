import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideDecimal, formatDecimal, parseDecimal } from './decimal.ts'

test('decimals go through unchanged', () => {
  for (const [text, want] of [
    ['0.00000015', '0.00000015'],
    ['12345678901234567890.123456789012', '12345678901234567890.123456789012'],
    ['1.500', '1.5'],
    ['0', '0'],
    ['-0.000000000001', '-0.000000000001'],
  ] as const)
    expect(formatDecimal(parseDecimal(text))).toBe(want)
})

test('what is no decimal with at most 12 decimals is refused', () => {
  for (const text of ['', '1e-7', '.5', '1.', '1.0000000000001', 'NaN', '1,5', ' 1'])
    expect(() => parseDecimal(text)).toThrow(RangeError)
})

test('units of 1e-12 survive writing and reading', () => {
  fc.assert(fc.property(fc.bigInt(), (units) => parseDecimal(formatDecimal(units)) === units))
})

test('a mean is rounded half away from zero at the twelfth decimal, and there is none of nothing', () => {
  expect(divideDecimal(parseDecimal('1'), 3)).toBe(parseDecimal('0.333333333333'))
  expect(divideDecimal(1n, 2)).toBe(1n)
  expect(divideDecimal(-1n, 2)).toBe(-1n)
  expect(divideDecimal(0n, 7)).toBe(0n)
  expect(divideDecimal(5n, 0)).toBe(null)
})
