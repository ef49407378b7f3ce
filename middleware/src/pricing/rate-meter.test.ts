import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookPrice, costOf } from './rate-meter.ts'
import { compileUnitPrices } from './unit-prices.ts'

describe('the cost of a quantity', () => {
  it('is exact, whatever unit of time it is priced in', () => {
    const check = (
      quantity: string,
      unit: string,
      unitPrice: string,
      per: string,
      want: string | undefined,
    ) => expect(costOf(quantity, unit, { unitPrice, unit: per })).toBe(want)
    check('8', 'second', '0.36', 'hour', '0.0008')
    check('51.866626', 'second', '0.0043', 'minute', '0.003717108197')
    check('1', 'second', '1', 'hour', '0.000277777778')
    check('1.5', 'hour', '0.01', 'minute', '0.9')
    check('0.1', 'credit', '0.2', 'credit', '0.02')
    check('3', 'image', '0.04', 'second', undefined)
    check('3', 'second', '0.04', 'image', undefined)
    check('0', 'second', '0.04', 'second', '0')
  })

  it('adds up within what one rounding can lose', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n }).map((micros) => {
      const digits = micros.toString().padStart(7, '0')
      return { micros, text: `${digits.slice(0, -6)}.${digits.slice(-6)}` }
    })
    const units = (text: string) => {
      const [whole = '0', fraction = ''] = text.split('.')
      return BigInt(whole + fraction.padEnd(12, '0'))
    }
    const price = { unitPrice: '0.27', unit: 'hour' }
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const digits = (a.micros + b.micros).toString().padStart(7, '0')
        const sum = `${digits.slice(0, -6)}.${digits.slice(-6)}`
        const [x, y, both] = [a.text, b.text, sum].map((text) => units(costOf(text, 'second', price) ?? ''))
        const lost = (both ?? 0n) - (x ?? 0n) - (y ?? 0n)
        expect(lost >= -1n && lost <= 1n).toBe(true)
      }),
    )
  })

  it('comes from the price book for audio', () => {
    const at = new Date('2026-11-20T12:00:00Z')
    expect(bookPrice('openai', [undefined, 'whisper-1'], 'second', at)?.price).toEqual({
      unitPrice: '0.36',
      unit: 'hour',
    })
    expect(bookPrice('openai', ['whisper-1'], 'character', at)).toBeUndefined()
    expect(bookPrice('openai', ['gpt-4o-mini'], 'second', at)).toBeUndefined()
  })

  it('is found in the rows of the user, the first that fits', () => {
    const find = compileUnitPrices([
      { provider: 'deepgram', model: 'nova-3*', unit: 'minute', unitPrice: '1' },
      { provider: 'deepgram', meter: 'speech', unit: 'character', unitPrice: '2' },
      { provider: 'deepgram', unit: 'hour', unitPrice: '3' },
    ])
    const check = (model: string | undefined, name: string, unit: string, want: string | undefined) =>
      expect(find('deepgram', model, { name, unit })?.unitPrice).toBe(want)
    check('nova-3-medical', 'transcription', 'second', '1')
    check('nova-2', 'transcription', 'second', '3')
    check(undefined, 'transcription', 'second', '3')
    check('aura', 'speech', 'character', '2')
    check('aura', 'other', 'character', undefined)
    expect(find('else', 'nova-3', { name: 'transcription', unit: 'second' })).toBeUndefined()
  })
})
