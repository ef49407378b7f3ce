/**
 * Splits a migration file into its statements.
 *
 * Invariant: a semicolon inside a quoted string, a quoted name or a comment does not end a statement.
 */

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|;|[^;'"`/-]+|[/-]/g

/** The statements of `sql` in order, without comments, surrounding space and the final semicolon. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let current = ''
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ';') {
      statements.push(current.trim())
      current = ''
    } else if (!token.startsWith('--') && !token.startsWith('/*')) {
      current += token
    }
  }
  statements.push(current.trim())
  return statements.filter((statement) => statement !== '')
}
