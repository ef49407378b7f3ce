/**
 * A template tag for SQL that is put together from pieces.
 *
 * Invariant: what comes out is indented as it reads, so the generated files and Grafana's editor show SQL that
 * a person can follow. It never sees a value of a user; those are variables, filled in by the expander.
 */

/** Joins the pieces; a piece of several lines is indented like the line that it stands on. */
export function sql(parts: TemplateStringsArray, ...pieces: readonly (string | number)[]): string {
  let text = parts[0] ?? ''
  pieces.forEach((piece, index) => {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    const indent = line.match(/^ */)?.[0] ?? ''
    text += String(piece).replaceAll('\n', `\n${indent}`) + (parts[index + 1] ?? '')
  })
  return dedent(text)
}

function dedent(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, '').split('\n')
  const used = lines
    .slice(lines.length > 1 && text.startsWith('\n') ? 0 : 1)
    .filter((line) => line.trim() !== '')
  const margin = Math.min(
    ...used.map((line) => line.length - line.trimStart().length),
    Number.POSITIVE_INFINITY,
  )
  if (!Number.isFinite(margin) || margin === 0) return lines.join('\n')
  return lines
    .map((line, index) => (line.startsWith(' '.repeat(margin)) || index > 0 ? line.slice(margin) : line))
    .join('\n')
}

/** After the columns of a GROUP BY: with a row about all of the groups. */
export const WITH_TOTALS = ' WITH TOTALS'
