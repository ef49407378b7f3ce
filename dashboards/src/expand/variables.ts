/**
 * The first two steps of expansion, those that Grafana does in the browser: `$__conditionalAll`, then variables.
 *
 * Invariant: a value never ends the literal that it is put into, whatever it contains: quotes and backslashes
 * are both escaped (Grafana escapes quotes alone, which ClickHouse can be talked out of).
 */
import { type ExpandContext, ExpandError, type VariableValue } from './context.ts'
import { intervalText } from './interval.ts'
import { readArguments } from './scan.ts'

const CONDITIONAL = '$__conditionalAll('

/** Replaces each `$__conditionalAll(condition, $variable)` by the condition, or by `1=1` where it is All. */
export function expandConditionals(sql: string, context: ExpandContext): string {
  let text = sql
  // From the last one backwards, so that an inner one is gone before the one around it is read.
  for (let at = text.lastIndexOf(CONDITIONAL); at !== -1; at = text.lastIndexOf(CONDITIONAL)) {
    const { args, end } = readArguments(text, at + CONDITIONAL.length - 1)
    const [condition, variable] = args
    const name = variable?.match(/^\$(?:\{(\w+)\}|(\w+))$/)
    if (args.length !== 2 || condition === undefined || !name) {
      throw new ExpandError(
        `cannot expand ${text.slice(at, end)}: it takes a condition and one plain variable, like $provider`,
      )
    }
    const value = lookUp(name[1] ?? name[2] ?? '', context)
    text = text.slice(0, at) + (isAll(value) ? '1=1' : condition) + text.slice(end)
  }
  return text
}

/** Replaces `$v`, `${v}`, `${v:format}` and `[[v]]`. Throws `ExpandError` for a variable that nobody declared. */
export function expandVariables(sql: string, context: ExpandContext): string {
  return sql.replace(
    /\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g,
    (whole, braced, format1, bracketed, format2, bare, offset: number) => {
      const name: string = braced ?? bracketed ?? bare
      const built = builtIn(name, context)
      if (built !== undefined) return built
      // Macros are the next step; the argument's parenthesis does not matter, unknown ones are refused there.
      if (bare !== undefined && name.startsWith('__')) return whole
      if (/^\d/.test(name)) return whole
      const value = lookUp(name, context)
      return formatValue(isAll(value) ? [] : value, format1 ?? format2 ?? 'csv', `${whole} at ${offset}`)
    },
  )
}

/** True for the values at which Grafana drops a condition. */
function isAll(value: VariableValue): value is 'all' {
  return (
    value === 'all' ||
    value.length === 0 ||
    (value.length === 1 && (value[0] === '' || value[0] === '$__all'))
  )
}

function lookUp(name: string, { variables }: ExpandContext): VariableValue {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (value === undefined) {
    throw new ExpandError(
      `cannot expand $${name}: the dashboard declares no such variable; it has ${Object.keys(variables).join(', ') || 'none'}`,
    )
  }
  return value
}

function builtIn(name: string, { from, to, intervalMs, timezone }: ExpandContext): string | undefined {
  switch (name) {
    case '__from':
      return String(from)
    case '__to':
      return String(to)
    case '__interval':
      return intervalText(intervalMs)
    case '__interval_ms':
      return String(intervalMs)
    case '__range':
      return `${Math.round((to - from) / 1_000)}s`
    case '__range_s':
      return String(Math.round((to - from) / 1_000))
    case '__range_ms':
      return String(to - from)
    case '__timezone':
      return timezone
    case '__user':
    case '__org':
    case '__dashboard':
      return 'spanmeter'
    default:
      return undefined
  }
}

/** A literal of ClickHouse, in single quotes. */
export function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

function formatValue(values: readonly string[], format: string, where: string): string {
  switch (format) {
    case 'singlequote':
    case 'sqlstring':
      return values.map(quote).join(',')
    case 'json':
      return quote(JSON.stringify(values))
    // The others put a value into the text as it is: fine in a title, an injection in SQL.
    default:
      throw new ExpandError(
        `cannot expand ${where}: in SQL only the formats singlequote, sqlstring and json are safe`,
      )
  }
}
