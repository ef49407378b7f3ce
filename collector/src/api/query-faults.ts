/**
 * Everything that is wrong with a query string, by parameter.
 *
 * Invariant: a parameter that nobody knows is a fault with a hint, never ignored: a typo in a filter must not
 * silently widen the answer.
 */
import type { z } from '@hono/zod-openapi'
import { type Fault, periodFaults } from '../query/period.ts'
import { periodTexts } from '../query/period-parameters.ts'

/** The faults of a query that did not pass its schema, with those that concern several period parameters. */
export function queryFaults(
  issues: readonly z.core.$ZodIssue[],
  parameters: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Fault[] {
  const faults = issues.flatMap((issue): Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((name) => unknownParameter(name, known))
      : [{ name: String(issue.path[0] ?? 'query'), detail: detailOf(issue, parameters) }],
  )
  const named = new Set(faults.map((fault) => fault.name))
  const period = named.has('period') ? [] : periodFaults(periodTexts(parameters))
  return [...faults, ...period.filter((fault) => !named.has(fault.name))]
}

/** What is wrong with a value; of one that is not among a list, what the list is. */
function detailOf(issue: z.core.$ZodIssue, parameters: Readonly<Record<string, unknown>>): string {
  // A message of our own says more than that the value is none of them.
  if (issue.code !== 'invalid_value' || !issue.message.startsWith('Invalid ')) return issue.message
  const value = parameters[String(issue.path[0])]
  const values = issue.values.join(', ')
  if (value === undefined) return `is missing; write one of ${values}`
  if (Array.isArray(value) && issue.path.length === 1) return 'is given more than once; write it once'
  const given = Array.isArray(value) ? value[Number(issue.path[1])] : value
  return `${JSON.stringify(given)} is none of ${values}`
}

function unknownParameter(name: string, known: readonly string[]): Fault {
  const near = nearest(name, known)
  const hint = near === undefined ? `the parameters are ${known.join(', ')}` : `did you mean ${near}?`
  return { name, detail: `is not a parameter here; ${hint}` }
}

/** The known name that differs in spelling only, or by at most two letters. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '')
  const best = known
    .map((candidate) => ({ candidate, distance: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= 2 ? best.candidate : undefined
}

/** Levenshtein distance of two short texts. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
