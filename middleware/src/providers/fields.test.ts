import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, decimalText } from './fields.ts'

describe('decimal text', () => {
  it('is the number as it was written, without an exponent', () => {
    const check = (value: unknown, want: string | undefined) => expect(decimalText(value)).toBe(want)
    check(0.00405, '0.00405')
    check(2.68e-5, '0.0000268')
    check('3.7500000000000003e-05', '0.000037500000000000003')
    check(1e21, '1000000000000000000000')
    check(12.5e1, '125')
    check('1.50', '1.5')
    check(' 0.0 ', '0')
    check('007', '7')
    check('1E+2', '100')
    check(0, '0')
    for (const bad of [
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      'None',
      '1,5',
      '.5',
      '1e999',
      null,
      {},
    ]) {
      check(bad, undefined)
    }
  })

  it('is the same number for every double that is not negative', () => {
    const cost = fc.double({ min: 0, max: 1e20, noNaN: true }).filter((value) => value === 0 || value > 1e-50)
    fc.assert(fc.property(cost, (value) => Number(decimalText(value)) === value))
  })

  it('adds without rounding', () => {
    const check = (a: string, b: string, want: string) => expect(addDecimals(a, b)).toBe(want)
    check('0.1', '0.2', '0.3')
    check('0.0000015', '0.0000303', '0.0000318')
    check('1', '0', '1')
    check('0.5', '0.5', '1')
    check('10', '90', '100')
    const units = fc.bigInt({ min: 0n, max: 10n ** 18n })
    const text = (value: bigint) => decimalText(`${value}e-9`) ?? ''
    fc.assert(fc.property(units, units, (a, b) => addDecimals(text(a), text(b)) === text(a + b)))
  })
})
