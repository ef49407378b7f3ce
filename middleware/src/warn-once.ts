/**
 * Tells a developer, once in a process, of what works differently from what was probably meant.
 *
 * Invariant: only what was written is told of, never a value that a request or a call carries.
 */
const KEY = Symbol.for('spanmeter.warned.v1')

/** @param text what is the matter, and what to write */
export function warnOnce(text: string): void {
  const holder = globalThis as { [KEY]?: Set<string> }
  holder[KEY] ??= new Set()
  if (holder[KEY].has(text)) return
  holder[KEY].add(text)
  process.emitWarning(text, 'SpanmeterWarning')
}
