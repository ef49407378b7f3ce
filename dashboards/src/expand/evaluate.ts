/**
 * Works out sums of whole numbers, as they stand in the bounds of ranges.
 *
 * Invariant: numbers, `+`, `-`, `*`, parentheses, `intDiv`, `least`, `greatest` and `toInt64` of what is not negative and exact in a double;
 * anything else is no such sum.
 */

const TOKEN = /\s*(\d+|intDiv|least|greatest|toInt64|[-+*(),])/y

const OF_TWO: Readonly<Record<string, (a: number, b: number) => number>> = {
  intDiv: (a, b) => Math.floor(a / b),
  least: Math.min,
  greatest: Math.max,
}

/** The value; undefined where the text is no such sum. */
export function evaluate(text: string): number | undefined {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) return undefined
    tokens.push(token)
  }
  let next = 0
  const take = (token: string) => {
    if (tokens[next++] !== token) throw new SyntaxError(`not a sum: ${token} is missing`)
  }
  const factor = (): number => {
    const token = tokens[next++] ?? ''
    if (/^\d/.test(token)) return Number(token)
    if (token !== '(') take('(')
    const value = sum()
    const of = OF_TWO[token]
    if (of !== undefined) {
      take(',')
      const other = sum()
      take(')')
      return of(value, other)
    }
    take(')')
    return value
  }
  const product = (): number => {
    let value = factor()
    while (tokens[next] === '*') {
      next++
      value *= factor()
    }
    return value
  }
  function sum(): number {
    let value = product()
    while (tokens[next] === '+' || tokens[next] === '-') {
      value = tokens[next++] === '+' ? value + product() : value - product()
    }
    return value
  }
  try {
    const value = sum()
    return next === tokens.length && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  } catch {
    return undefined
  }
}
