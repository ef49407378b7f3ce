/**
 * Runs without an end yet.
 *
 * Invariant: bounded, and shared by all copies of this package: a run that nobody ends is cancelled when there are
 * too many, or when metering stops.
 */
import { reportFailure } from '../capture/report.ts'

interface OpenRun {
  interrupt(code: string): void
}

const KEY = Symbol.for('spanmeter.runs.v1')
const MAX_OPEN = 10_000

function openRuns(): Set<OpenRun> {
  const holder = globalThis as { [KEY]?: Set<OpenRun> }
  holder[KEY] ??= new Set()
  return holder[KEY]
}

/** Remembers a run that began. */
export function opened(run: OpenRun): void {
  const open = openRuns()
  open.add(run)
  if (open.size <= MAX_OPEN) return
  const [oldest] = open
  oldest?.interrupt('abandoned')
  reportFailure(
    'keep a run open',
    new Error(`more than ${MAX_OPEN} runs have no end; the oldest was cancelled`),
  )
}

/** Forgets a run that ended. */
export function closed(run: OpenRun): void {
  openRuns().delete(run)
}

/** Cancels the runs that are under way, because the process stops; their code is `shutdown`. */
export function interruptRuns(): void {
  for (const run of [...openRuns()]) run.interrupt('shutdown')
}
