/**
 * Lists in SQL that are made of names and what they stand for.
 *
 * Invariant: the order is that of the names.
 */

/** `{column} AS {name}` for each. */
export function columnList(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, column]) => `${column} AS ${name}`)
    .join(',\n  ')
}

/** An array of `(name, value of its column)`, to make a row for each of several dimensions of one. */
export function pairList(columns: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(columns).map(([name, column]) => `('${name}', toString(${column}))`)
  return `[${pairs.join(', ')}]`
}
