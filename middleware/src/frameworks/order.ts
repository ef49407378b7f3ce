/**
 * Tells developers of routes that come before the middleware: what those call is nobody's request.
 *
 * Invariant: a framework that looks different inside than expected is taken for one in order.
 */
import { warnOnce } from '../warn-once.ts'

/**
 * @param entries what the framework passes a request through, in order
 * @param isOurs whether an entry is the middleware
 * @param answers whether an entry has routes
 */
export function warnOfEarlier<T>(
  entries: () => readonly T[] | undefined,
  isOurs: (entry: T) => boolean,
  answers: (entry: T) => boolean,
): void {
  try {
    const all = entries() ?? []
    if (all.slice(0, Math.max(0, all.findIndex(isOurs))).some(answers)) {
      warnOnce(
        'routes that were added before spanmeter are not covered: app.use(spanmeter({ … })) goes before them',
      )
    }
  } catch {
    // Nothing that anybody needs.
  }
}
