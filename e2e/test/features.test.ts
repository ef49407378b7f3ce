/** The table of features: that it is what the list says, and that the list names tests that exist. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { FEATURES } from '../features/rows.ts'
import { featuresPage, testOf } from '../features/table.ts'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

it('docs/features.md is what the list says: run `npm run generate`', async () => {
  expect(await read('docs/features.md')).toBe(featuresPage())
})

it('every feature is shown by a test that exists', async () => {
  const faults: string[] = []
  for (const { id, shown } of FEATURES) {
    if (shown.length === 0) faults.push(`${id} names no test`)
    for (const each of shown) {
      const { file, name } = testOf(each)
      const text = await read(file).catch(() => '')
      const quoted = ["'", '"', '`'].some((quote) => text.includes(`${quote}${name}`))
      if (!quoted) faults.push(`${id}: ${file} has no test that begins with "${name}"`)
    }
  }
  expect(faults).toEqual([])
  expect(new Set(FEATURES.map(({ id }) => id)).size).toBe(FEATURES.length)
})
