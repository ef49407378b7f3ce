/**
 * An object for the attributes of a call that has all of their names from the start.
 *
 * Invariant: nothing is recorded of a name that is still `undefined`. Objects that get some thirty names one by one
 * become hash tables, which costs more than everything else that is done with them; copies of one object that has
 * them all stay as quick as the fields of a class.
 */
import type { Attributes } from '@opentelemetry/api'
import { ATTR } from './attributes.ts'

const names = Object.values(ATTR).filter((name) => !name.endsWith('.'))
/** Parsed, because that gives the object one shape at once. */
const BLANK: Attributes = JSON.parse(`{${names.map((name) => `"${name}":null`).join()}}`)
for (const name of names) BLANK[name] = undefined

/**
 * Adds what was known at the start of a span to what is known at its end, where the end does not say otherwise.
 *
 * Into the latter, which has all names already: to merge two objects of so many keys costs ten times as much.
 */
export function withStart(start: Attributes, end: Attributes): Attributes {
  for (const name in start) if (end[name] === undefined) end[name] = start[name]
  return end
}

/** Attributes without values. */
export function blankAttributes(): Attributes {
  return { ...BLANK }
}
