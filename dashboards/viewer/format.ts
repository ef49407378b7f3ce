/**
 * Numbers as people read them, by what they mean.
 *
 * Invariant: a rounded amount never hides that something was spent, and the exact amount is always at hand.
 */
import type { Unit } from '../src/model.ts'

type Raw = string | number | null | undefined

const NONE = '–'
const number = (options: Intl.NumberFormatOptions) => {
  const format = new Intl.NumberFormat('en-US', options)
  return (value: number) => format.format(value).replace('-', '−')
}
const compact = number({ notation: 'compact', maximumSignificantDigits: 3 })
const plain = number({ maximumFractionDigits: 0 })
const cents = number({ style: 'currency', currency: 'USD' })
const dollars = number({ style: 'currency', currency: 'USD', maximumFractionDigits: 0 })
const compactDollars = number({
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  maximumSignificantDigits: 3,
})
const fine = number({ style: 'currency', currency: 'USD', maximumSignificantDigits: 3 })
const axisDollars = number({
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  minimumFractionDigits: 0,
  maximumFractionDigits: 2,
})
const parts = number({ maximumFractionDigits: 2 })
const everyDigit = number({ maximumFractionDigits: 12 })
const significant = number({ maximumSignificantDigits: 3 })

/** A number for reading. */
export function formatValue(value: Raw, unit: Unit = 'none'): string {
  if (value === null || value === undefined || value === '') return NONE
  const n = Number(value)
  if (!Number.isFinite(n)) return String(value)
  const size = Math.abs(n)
  switch (unit) {
    case 'usd':
      if (size === 0) return '$0.00'
      if (size < 1) return fine(n).replace(/\.\d$/, '$&0')
      if (size < 10_000) return cents(n)
      return size < 1_000_000 ? dollars(n) : compactDollars(n)
    case 'count':
    case 'tokens':
      return size < 10_000 ? plain(n) : compact(n)
    case 'amount':
      return formatAmount(n)
    case 'percent':
      return formatPercent(n)
    case 'seconds':
      return formatSeconds(n)
    case 'bytes':
      return formatBytes(n)
    default:
      return size >= 10_000 ? compact(n) : significant(n)
  }
}

/** A number for an axis: short, its neighbours decide the digits. */
export function formatTick(value: number, unit: Unit): string {
  if (value === 0) return unit === 'usd' ? '$0' : '0'
  if (unit === 'usd') return Math.abs(value) < 0.01 ? fine(value) : axisDollars(value)
  if (unit === 'seconds' || unit === 'percent' || unit === 'bytes') return formatValue(value, unit)
  return compact(value)
}

/** The whole number, with every digit that is known. */
export function formatExact(value: Raw, unit: Unit = 'none'): string {
  if (value === null || value === undefined || value === '') return NONE
  if (unit === 'usd') return exactDollars(value)
  if (unit === 'count' || unit === 'tokens') return plain(Number(value))
  if (unit === 'amount') return everyDigit(Number(value))
  return formatValue(value, unit)
}

function exactDollars(value: string | number): string {
  const text = typeof value === 'number' ? value.toFixed(12) : value
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const digits = fraction.replace(/0+$/, '').padEnd(2, '0')
  return `${text.startsWith('-') ? '-' : ''}$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${digits}`
}

/** Of whatever is counted: dollars, calls, minutes. */
function formatAmount(amount: number): string {
  const size = Math.abs(amount)
  if (size < 1) return significant(amount).replace(/^−0$/, '0')
  if (size < 10_000) return parts(amount)
  return size < 1_000_000 ? plain(amount) : compact(amount)
}

function formatPercent(share: number): string {
  const percent = share * 100
  const size = Math.abs(percent)
  if (size === 0) return '0%'
  if (size < 0.01) return '<0.01%'
  if (size < 1) return `${percent.toFixed(2)}%`
  return size < 99.95 ? `${percent.toFixed(1)}%` : `${plain(percent)}%`
}

function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds)
  if (size === 0) return '0 s'
  if (size < 0.000_95) return `${significant(seconds * 1e6)} µs`
  if (size < 0.999_5) return `${significant(seconds * 1e3)} ms`
  if (size < 60) return `${significant(seconds)} s`
  const whole = Math.round(seconds)
  if (size < 3_600) return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`
  return `${Math.floor(whole / 3_600)}h ${String(Math.floor(whole / 60) % 60).padStart(2, '0')}m`
}

function formatBytes(bytes: number): string {
  const step = Math.min(Math.floor(Math.log2(Math.max(Math.abs(bytes), 1)) / 10), 4)
  return `${significant(bytes / 1_024 ** step)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][step]}`
}

/** With its sign: `+12.4%`. */
export function formatChange(share: number): string {
  return share > 0 ? `+${formatPercent(share)}` : formatPercent(share).replace('-', '−')
}
