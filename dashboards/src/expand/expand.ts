/**
 * Makes the SQL that runs out of the SQL of a dashboard, on the server.
 *
 * Invariant: the same template with the same choices asks what Grafana would ask; what is unknown is an error, never left
 * in the text.
 */
import { type ExpandContext, ExpandError } from './context.ts'
import { expandMacros } from './macros.ts'
import { expandOwn } from './own-macros.ts'
import { tidy } from './tidy.ts'
import { expandConditionals, expandVariables } from './variables.ts'

/** What was expanded last: panels that ask together have the same text, and ask in the same moment. */
const recent = new Map<string, string>()
const MAX_RECENT = 64

/** Expands `$__conditionalAll`, then variables, then our macros, then time macros. Throws `ExpandError`. */
export function expand(sql: string, context: ExpandContext): string {
  if (/;\s*$|\bFORMAT\s+\w+\s*$|\bSETTINGS\b/.test(sql)) {
    throw new ExpandError(
      'cannot expand a query that ends in `;`, FORMAT or SETTINGS: those belong to who runs it',
    )
  }
  const key = `${JSON.stringify(context)}${sql}`
  const known = recent.get(key)
  if (known !== undefined) return known
  const chosen = expandVariables(expandConditionals(sql, context), context)
  const expanded = tidy(expandMacros(expandOwn(chosen, context), context))
  if (recent.size >= MAX_RECENT) recent.clear()
  recent.set(key, expanded)
  return expanded
}
