/**
 * Ends of calls that wait to be worked out together. One by one each would find the processor's caches full of what the
 * service did meanwhile, and take longer.
 *
 * Invariant: they are worked out in the order in which the calls ended; at most {@link MOST} wait, none longer than
 * {@link PATIENCE_MS}, and whoever looks at what was recorded has them worked out first. Shared by all copies of this
 * package in the process.
 */

/** What is left to do of a call that is over. */
export interface LateEnd {
  /** Never throws. */
  workOut(): void
}

/** So many take less than half a millisecond. */
const MOST = 32
const PATIENCE_MS = 50
/** So many ends in that time, or in as long before it, are a rush: below it, working out each at once takes 2 % of a processor. */
const RUSH = 8
const KEY = Symbol.for('spanmeter.late-ends.v2')

interface Late {
  waiting: LateEnd[]
  timer: NodeJS.Timeout | undefined
  /** When the time began that ends are counted in, by `performance.now()`; how many there are, and were before. */
  since: number
  count: number
  before: number
}

function late(): Late {
  const holder = globalThis as { [KEY]?: Late }
  holder[KEY] ??= { waiting: [], timer: undefined, since: 0, count: 0, before: 0 }
  return holder[KEY]
}

/** Counts an end. @param now `performance.now()` @returns whether calls end one soon after another */
export function endsInRush(now: number): boolean {
  const all = late()
  const passed = now - all.since
  if (passed >= PATIENCE_MS) {
    all.before = passed < 2 * PATIENCE_MS ? all.count : 0
    all.count = 0
    all.since = now
  }
  all.count++
  return all.count > RUSH || all.before > RUSH
}

/** Takes an end that can wait. */
export function workOutLater(end: LateEnd): void {
  const all = late()
  all.waiting.push(end)
  if (all.waiting.length >= MOST) workOutAll(all)
  else all.timer ??= setTimeout(onTime, PATIENCE_MS).unref()
}

/** Works out whatever waits. */
export function workOutLateEnds(): void {
  const all = late()
  if (all.waiting.length > 0) workOutAll(all)
}

function onTime(): void {
  late().timer = undefined
  workOutLateEnds()
}

function workOutAll(all: Late): void {
  const ends = all.waiting
  all.waiting = []
  for (const end of ends) end.workOut()
}
