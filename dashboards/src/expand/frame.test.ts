/** Shaping: what the store's strings become. */
import { describe, expect, it } from 'vitest'
import type { Together } from '../model.ts'
import { type Frame, frameOf, partOf, rowsOf, totalOf, type Value, withInstants } from './frame.ts'

const meta = [
  { name: 'time', type: 'Int64' },
  { name: 'series', type: 'LowCardinality(String)' },
  { name: 'cost', type: 'Nullable(Decimal(38, 12))' },
]
const target = { format: 'timeseries', times: ['time'] } as const

it('a long result becomes one column per label, in order of time, with nulls in the gaps', () => {
  const data = [
    ['2000', 'b', '0.1'],
    ['1000', 'a', '123456789.123456789012'],
    ['2000', 'a', 'ᴺᵁᴸᴸ'],
  ]
  expect(frameOf({ meta, data }, target)).toEqual({
    fields: [
      { name: 'time', type: 'time', values: [1000, 2000] },
      { name: 'b', type: 'decimal', values: [null, '0.1'] },
      { name: 'a', type: 'decimal', values: ['123456789.123456789012', null] },
    ],
  })
})

it('a wide result keeps its columns, and what is no number is unknown', () => {
  const wide = [meta[0], { name: 'p95', type: 'Float64' }, { name: 'n', type: 'UInt64' }] as typeof meta
  expect(frameOf({ meta: wide, data: [['1000', 'nan', '5']] }, target).fields).toEqual([
    { name: 'time', type: 'time', values: [1000] },
    { name: 'p95', type: 'number', values: [null] },
    { name: 'n', type: 'number', values: [5] },
  ])
})

it('no rows over time are no series, and a table without rows keeps its columns', () => {
  expect(frameOf({ meta, data: [] }, target)).toEqual({ fields: [] })
  expect(frameOf({ meta, data: [] }, { format: 'table' }).fields.map(({ name }) => name)).toEqual([
    'time',
    'series',
    'cost',
  ])
})

it('a text that looks like NULL stays a text where the column has none', () => {
  const frame = frameOf({ meta: [{ name: 'model', type: 'String' }], data: [['ᴺᵁᴸᴸ']] }, { format: 'table' })
  expect(frame.fields[0]?.values).toEqual(['ᴺᵁᴸᴸ'])
})

it('instants are asked for as milliseconds, other queries stay as they are', () => {
  expect(withInstants('SELECT 1', {})).toBe('SELECT 1')
  expect(withInstants('SELECT 1 AS t', { times: ['t'] })).toContain(
    'toUnixTimestamp64Milli(toDateTime64(t, 3)) AS t',
  )
})

it('of an answer with totals, one row says how many there are and what their mean is', () => {
  const answer = {
    meta: [
      { name: 'name', type: 'String' },
      { name: 'cost', type: 'Decimal(38, 12)' },
    ],
    data: [
      ['a', '5'],
      ['b', '3'],
    ],
    totals: ['', '9'],
    rows_before_limit_at_least: 4,
  }
  const row = (whole: Frame) => ({
    names: rowsOf(whole),
    cost: totalOf(whole, 'cost'),
    none: totalOf(whole, 'none'),
  })
  const read = (of: typeof answer) =>
    partOf(frameOf(of, { format: 'table' }), { sql: '', columns: [], row }, 'table')
  const fields = (...values: (number | null)[]) => ({
    fields: ['names', 'cost', 'none'].map((name, at) => ({ name, type: 'number', values: [values[at]] })),
  })
  expect(read(answer)).toEqual(fields(4, 9, null))
  expect(read({ ...answer, data: [], totals: ['', 'ᴺᵁᴸᴸ'], rows_before_limit_at_least: 0 })).toEqual(
    fields(0, null, null),
  )
})

describe("a panel's part of the answer for several", () => {
  const whole: Frame = {
    fields: [
      { name: 'name', type: 'string', values: ['b', 'c', 'a', 'd'] },
      { name: 'place', type: 'number', values: [2, null, 1, 3] },
      { name: 'all', type: 'number', values: [4, 4, 4, 4] },
    ],
  }
  const part = (more: object, of: Frame = whole) =>
    partOf(of, { sql: '', ...more } as Together, 'table').fields

  it('is its columns', () => {
    expect(part({ columns: ['all', 'name'] }).map(({ name }) => name)).toEqual(['all', 'name'])
  })
  it('and of its rows those that are asked for, so many of them', () => {
    const rows: Together['rows'] = (valueIn) => valueIn('place') !== null && valueIn('nothing') === null
    expect(part({ columns: ['name'], rows, most: 2 })).toEqual([
      { name: 'name', type: 'string', values: ['b', 'a'] },
    ])
  })
  it('as a time series where it is one', () => {
    const long: Frame = {
      fields: [
        { name: 'time', type: 'time', values: [1, 1, 2] },
        { name: 'kind', type: 'string', values: ['x', 'y', 'x'] },
        { name: 'series', type: 'string', values: ['a', 'b', 'a'] },
        { name: 'cost', type: 'decimal', values: ['1', '2', '3'] },
      ],
    }
    const columns = ['time', 'series', 'cost']
    const of = (kind: string) => (valueIn: (column: string) => Value) => valueIn('kind') === kind
    expect(partOf(long, { sql: '', columns, rows: of('x') }, 'timeseries').fields).toEqual([
      { name: 'time', type: 'time', values: [1, 2] },
      { name: 'a', type: 'decimal', values: ['1', '3'] },
    ])
    expect(
      partOf(long, { sql: '', columns, rows: of('y') }, 'table').fields.map(({ values }) => values),
    ).toEqual([[1], ['b'], ['2']])
  })
})
