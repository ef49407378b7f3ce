/**
 * Leaves out of an expanded query what restricts nothing, and parts of a UNION ALL that have no rows.
 *
 * Invariant: the answer is the same, and literals are never looked into. One part of a UNION ALL always stays, with its
 * columns and their types.
 */
import { ALWAYS, NEVER } from './bounds.ts'
import { skip } from './scan.ts'

const UNION = 'UNION ALL'
const RESTRICTS_NOTHING = new RegExp(`\\s+AND ${ALWAYS}(?!\\w)`, 'y')

/** The query, shorter. */
export function tidy(sql: string): string {
  return readLevel(sql, 0).text
}

interface Part {
  text: string
  empty: boolean
}

/** Reads what is in one pair of parentheses. @returns where it ends, too */
function readLevel(sql: string, start: number): { text: string; end: number } {
  let part: Part = { text: '', empty: false }
  const parts = [part]
  let at = start
  while (at < sql.length && sql[at] !== ')') {
    const literal = skip(sql, at)
    if (literal > at) {
      part.text += sql.slice(at, literal)
      at = literal
    } else if (sql[at] === '(') {
      const inner = readLevel(sql, at + 1)
      part.text += `(${inner.text})`
      at = inner.end + 1
    } else if (sql.startsWith(NEVER, at)) {
      part.text += 'false'
      part.empty = true
      at += NEVER.length
    } else if (sql.startsWith(UNION, at)) {
      part = { text: '', empty: false }
      parts.push(part)
      at += UNION.length
    } else {
      RESTRICTS_NOTHING.lastIndex = at
      const end = /\s/.test(sql[at] ?? '') && RESTRICTS_NOTHING.test(sql) ? RESTRICTS_NOTHING.lastIndex : at
      if (end === at) part.text += sql[at++]
      else at = end
    }
  }
  const left = parts.filter(({ empty }) => !empty)
  const kept = left.length > 0 ? left : parts.slice(0, 1)
  return { text: kept.map(({ text }) => text).join(UNION), end: at }
}
