import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tableOf, writeTable } from './table.ts'

test('cells that a spreadsheet would run get an apostrophe; numbers and other texts stay as they are', () => {
  const check = (value: string | number | null, want: string) =>
    expect(writeTable({ name: 't', header: ['a'], rows: [[value]] }, 'csv')).toBe(`a\r\n${want}\r\n`)
  check('=1+1', "'=1+1")
  check('+49', "'+49")
  check('@SUM(A1)', "'@SUM(A1)")
  check('-cmd', "'-cmd")
  check('\t=1', '"\'\t=1"')
  check('＝1', "'＝1")
  check('-1.5', '-1.5')
  check(-2, '-2')
  check(null, '')
  check('say "hi", you\nthere', '"say ""hi"", you\nthere"')
})

test('a table of records has one column for each field, and nested ones by both names', () => {
  const table = tableOf('t', [
    { a: 1, key: { b: 'x' }, list: [1] },
    { a: 2, c: null },
  ])
  expect(writeTable(table, 'csv')).toBe('a,key_b,c\r\n1,x,\r\n2,,\r\n')
  expect(writeTable(table, 'jsonl')).toBe('{"a":1,"key_b":"x","c":null}\n{"a":2,"key_b":null,"c":null}\n')
})

test('whatever the texts, JSON lines give them back and no CSV cell starts a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const table = { name: 't', header: ['a'], rows: texts.map((text) => [text]) }
      const lines = writeTable(table, 'jsonl').split('\n').slice(0, -1)
      expect(lines.map((line) => JSON.parse(line).a)).toEqual(texts)
      for (const text of texts)
        expect(writeTable({ ...table, rows: [[text]] }, 'csv').slice(3)).not.toMatch(/^"?[=@\t＝＠]/)
    }),
  )
})
