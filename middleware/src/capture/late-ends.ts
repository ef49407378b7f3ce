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
const KEY = Symbol.for('spanmeter.late-ends.v1')

interface Late {
  waiting: LateEnd[]
  timer: NodeJS.Timeout | undefined
}

function late(): Late {
  const holder = globalThis as { [KEY]?: Late }
  holder[KEY] ??= { waiting: [], timer: undefined }
  return holder[KEY]
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
