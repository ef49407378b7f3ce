/**
 * What a rule looks at: all calls or some, in one or a value for each of something.
 *
 * Invariant: values only travel as bound parameters.
 */
import { z } from 'zod'
import { DIMENSION_NAMES, DIMENSIONS, type DimensionName } from '../../query/dimensions.ts'
import { FILTERS, type FilterName, type Filters, filterCondition } from '../../query/filters.ts'
import { rawRange } from '../../query/raw-range.ts'

/** The settings of a scope, to be spread into a rule's. */
export const scopeSettings = {
  by: z.enum(DIMENSION_NAMES).optional().describe('A subject for each of these; absent = one for everything'),
  only: z
    .partialRecord(
      z.enum(Object.keys(FILTERS) as [FilterName, ...FilterName[]]),
      z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    )
    .default({})
    .describe('Only calls of these, such as { environment: production }'),
} as const

/** As configured. */
export interface Scope {
  readonly by?: DimensionName | undefined
  readonly only: Readonly<{ [name in FilterName]?: string | readonly string[] | undefined }>
}

/** Subjects of one rule at the most: more of them are no alerts, they are a report. */
export const MOST_SUBJECTS = 1_000

/** The filters of a scope. */
export function filtersOf({ only }: Scope): Filters {
  return Object.fromEntries(
    Object.entries(only).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  )
}

/** Names of a subject's labels. */
function labelsOf({ by }: Scope): string[] {
  return by === undefined ? [] : Object.keys(DIMENSIONS[by].key)
}

/** The labels that a key of the dimension stands for; those without a value say so. */
export function subjectOf(scope: Scope, key: readonly string[]): Record<string, string> {
  const labels = labelsOf(scope).map((name, index) => [name, key[index] ?? ''] as const)
  const known = labels.filter(([, value]) => value !== '')
  return Object.fromEntries(
    known.length > 0 || labels.length === 0 ? known : [[labels[0]?.[0] ?? '', 'none']],
  )
}

/** Identifies a subject within a rule. */
export function keyOf(subject: Readonly<Record<string, string>>): string {
  return Object.entries(subject)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')
}

/** The subject in words: ` of tenant acme`, or nothing. */
export function nameOf(subject: Readonly<Record<string, string>>): string {
  const names = Object.entries(subject).map(([name, value]) => `${name.replace(/_id$/, '')} ${value}`)
  return names.length === 0 ? '' : ` of ${names.join(', ')}`
}

/** A query over the raw calls of a short range, one row a subject, with its key as `key`. */
export function perSubject(
  scope: Scope,
  range: { start: number; end: number },
  columns: readonly string[],
  having: string,
): { sql: string; params: Record<string, unknown> } {
  const time = rawRange(range)
  const filter = filterCondition(filtersOf(scope))
  const dimensions = scope.by === undefined ? [] : Object.values(DIMENSIONS[scope.by].key)
  const keys = dimensions.map((sql) => `toString(${sql})`)
  return {
    sql: `SELECT CAST([${keys.join(', ')}], 'Array(String)') AS key, ${columns.join(', ')}
      FROM spans WHERE ${time.sql}${filter.sql}
      ${keys.length === 0 ? '' : `GROUP BY ${dimensions.join(', ')}`}
      HAVING ${having} ORDER BY count() DESC LIMIT ${MOST_SUBJECTS}`,
    params: { ...time.params, ...filter.params },
  }
}
