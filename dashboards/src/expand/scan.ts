/**
 * Finds its way through SQL text: what is a literal or a comment, and what are the arguments of a call.
 *
 * Invariant: an offset inside a literal, a quoted identifier or a comment is never taken for code.
 * Source: ClickHouse's lexer: backslash and doubled quotes escape, `--`, `#` and block comments.
 */
import { ExpandError } from './context.ts'

/** The end of the literal or comment that starts at `at`, or `at` when none does. */
export function skip(text: string, at: number): number {
  const char = text[at]
  if (char === "'" || char === '"' || char === '`') return endOfQuote(text, at, char)
  if (text.startsWith('--', at) || text.startsWith('# ', at) || text.startsWith('#!', at)) {
    const end = text.indexOf('\n', at)
    return end === -1 ? text.length : end
  }
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2)
    return end === -1 ? text.length : end + 2
  }
  return at
}

function endOfQuote(text: string, at: number, quote: string): number {
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === quote) {
      if (text[index + 1] !== quote) return index + 1
      index++
    }
  }
  return text.length
}

/** The arguments in the parentheses that open at `open`, trimmed, and the offset after them. */
export function readArguments(text: string, open: number): { args: string[]; end: number } {
  const args: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < text.length; ) {
    const next = skip(text, at)
    if (next > at) {
      at = next
      continue
    }
    const char = text[at]
    if (char === '(' || char === '[') depth++
    if (char === ')' || char === ']') depth--
    if (depth === 0) {
      const last = text.slice(start, at).trim()
      if (last !== '' || args.length > 0) args.push(last)
      return { args, end: at + 1 }
    }
    if (char === ',' && depth === 1) {
      args.push(text.slice(start, at).trim())
      start = at + 1
    }
    at++
  }
  throw new ExpandError(
    `cannot expand a macro: its parenthesis is never closed in ${text.slice(open, open + 60)}`,
  )
}
