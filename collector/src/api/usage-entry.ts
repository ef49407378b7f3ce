/**
 * One entry of a dimension as answers show it.
 *
 * Invariant: `key` names filters, so an entry can be asked for again by its key (null is `__none__`); "other"
 * has no key.
 */
import { z } from '@hono/zod-openapi'
import { DIMENSIONS, type DimensionName } from '../query/dimensions.ts'
import type { UsageRow } from '../query/usage-cube.ts'
import { text } from './amounts.ts'

/** Who or what an entry is. */
export interface Entry {
  key: Record<string, string | null> | null
  name: string | null
  other: boolean
}

/** The fields of an entry, to be spread into a schema. */
export const entryShape: { [name in keyof Entry]: z.ZodType<Entry[name]> } = {
  key: z.record(z.string(), z.string().nullable()).nullable().openapi({
    description:
      'Filters that ask for this entry alone; null values are calls without the attribute (`__none__`). Null for "other".',
  }),
  name: text('For people. Null where the calls have no value.').nullable(),
  other: z.boolean().openapi({ description: 'True for the entry that is everything beyond `limit`.' }),
}

/** Shows who a row is about. Pure. */
export function entryOf(by: DimensionName, row: UsageRow): Entry {
  if (row.place === 0) return { key: null, name: 'other', other: true }
  const names = Object.keys(DIMENSIONS[by].key)
  const key = Object.fromEntries(names.map((name, index) => [name, row.key[index] || null]))
  return { key, name: row.label || row.key.findLast((value) => value !== '') || null, other: false }
}
