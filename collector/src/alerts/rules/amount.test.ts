/** Amounts in the words of alerts: small ones keep the digits that matter. */
import { expect, test } from 'vitest'
import { parseDecimal } from '../../query/decimal.ts'
import { usd } from './amount.ts'

test.each([
  ['0', '$0.00'],
  ['0.00375', '$0.00375'],
  ['0.0000000004', '$0.0000000004'],
  ['0.5', '$0.50'],
  ['12.345', '$12.35'],
  ['1234.5', '$1234.50'],
])('%s USD are %s', (amount, shown) => {
  expect(usd(parseDecimal(amount))).toBe(shown)
})
