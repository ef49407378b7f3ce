/**
 * Which budgets a call belongs to.
 *
 * Invariant: one look-up for each combination of dimensions that budgets use, however many budgets there are.
 */
import { type BudgetDefinition, DIMENSIONS, type Dimension, type Scope } from './protocol.ts'

/** Each value by itself. */
const EACH = '*'
/** What has no value. */
const NONE = '__none__'

/** A budget, and which of its accounts. */
export interface Match {
  definition: BudgetDefinition
  key: string
  /** The dimensions that the budget has one account for each value of. */
  each: readonly Dimension[]
}

interface Shape {
  exact: readonly Dimension[]
  byValues: Map<string, Compiled[]>
}

interface Compiled {
  definition: BudgetDefinition
  each: readonly Dimension[]
  /** Matches of a budget with one account for all, or for each value of one dimension, by the value. */
  known: Map<string, Match>
}

/** Values that a budget remembers its matches of. */
const MAX_KNOWN = 20_000

export type Matcher = (scope: Scope) => Match[]

/** Compiles definitions. */
export function createMatcher(definitions: readonly BudgetDefinition[]): Matcher {
  const shapes = new Map<string, Shape>()
  for (const definition of definitions) {
    const named = DIMENSIONS.filter((name) => definition.scope[name] !== undefined)
    const exact = named.filter((name) => definition.scope[name] !== EACH)
    const shape = shapes.get(exact.join()) ?? { exact, byValues: new Map() }
    shapes.set(exact.join(), shape)
    const values = exact.map((name) => definition.scope[name]).join('\0')
    const compiled = {
      definition,
      each: named.filter((name) => definition.scope[name] === EACH),
      known: new Map<string, Match>(),
    }
    shape.byValues.set(values, [...(shape.byValues.get(values) ?? []), compiled])
  }
  const all = [...shapes.values()]
  return (scope) => {
    const matches: Match[] = []
    for (const { exact, byValues } of all) {
      let values = ''
      for (let i = 0; i < exact.length; i++) {
        values += (i === 0 ? '' : '\0') + (scope[exact[i] as Dimension] ?? NONE)
      }
      const found = byValues.get(values)
      if (found) for (const one of found) addMatch(matches, one, scope)
    }
    return matches
  }
}

function addMatch(matches: Match[], compiled: Compiled, scope: Scope): void {
  const { each, known } = compiled
  const match = each.length > 1 ? matchOf(compiled, scope) : knownMatch(compiled, scope, known)
  if (match) matches.push(match)
}

function knownMatch(compiled: Compiled, scope: Scope, known: Map<string, Match>): Match | undefined {
  const [name] = compiled.each
  const value = name === undefined ? '' : scope[name]
  if (value === undefined) return undefined
  const match = known.get(value)
  if (match) return match
  const made = matchOf(compiled, scope)
  if (known.size >= MAX_KNOWN) known.clear()
  if (made) known.set(value, made)
  return made
}

function matchOf({ definition, each }: Compiled, scope: Scope): Match | undefined {
  let key = definition.id
  for (const name of each) {
    const value = scope[name]
    if (value === undefined) return undefined
    key += `\0${value}`
  }
  return { definition, key, each }
}

/** The values that an account is for. */
export function subjectOf(each: readonly Dimension[], scope: Scope): Scope {
  const subject: { [name in Dimension]?: string } = {}
  for (const name of each) subject[name] = scope[name] as string
  return subject
}
