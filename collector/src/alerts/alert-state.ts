/**
 * Whether an alert is on: `pending` while a condition has not held for long enough, `firing`, and then `over`.
 *
 * Invariant: pure, time is a parameter. An instance is one rule, one subject, one threshold and one period: it
 * begins once and ends once, however often its value swings around the threshold within the period.
 */

/** What a rule found out about one subject and one threshold. */
export interface Reading {
  /** Identifies the instance among those of the rule. */
  readonly key: string
  readonly breached: boolean
  /** The value is far enough on the good side: hysteresis. */
  readonly cleared: boolean
}

/** What is remembered of an instance. */
export interface Instance {
  readonly status: 'pending' | 'firing' | 'over'
  /** When the status began, milliseconds. */
  readonly since: number
  /** Of its alert, from `firing` on. */
  readonly alertId?: string
  /** Since when it has been on the good side without interruption. */
  readonly clearSince?: number
}

export interface Timing {
  /** How long a condition must hold before anybody hears of it, milliseconds. */
  readonly forMs: number
  /** How long it must have been over before anybody hears that it is. */
  readonly keepMs: number
  /** Once over, it may not begin again: the period knows it once. */
  readonly once: boolean
}

/** What happened to an instance. */
export interface Step {
  /** `undefined` = forgotten: there is nothing to remember. */
  readonly next: Instance | undefined
  readonly change?: 'began' | 'ended'
}

/** The next status. Without a reading there is nothing wrong any more: the subject is gone or silent. */
export function step(
  previous: Instance | undefined,
  reading: Pick<Reading, 'breached' | 'cleared'> | undefined,
  { forMs, keepMs, once }: Timing,
  now: number,
): Step {
  const breached = reading?.breached ?? false
  const cleared = reading?.cleared ?? true
  if (previous === undefined || previous.status === 'pending') {
    if (!breached) return { next: undefined }
    const since = previous?.since ?? now
    if (now - since < forMs) return { next: previous ?? { status: 'pending', since } }
    return { next: { status: 'firing', since: now }, change: 'began' }
  }
  if (previous.status === 'over') {
    if (once) return { next: previous }
    return step(undefined, reading, { forMs, keepMs, once }, now)
  }
  if (!cleared || breached) {
    if (previous.clearSince === undefined) return { next: previous }
    const { clearSince: _, ...firing } = previous
    return { next: firing }
  }
  const clearSince = previous.clearSince ?? now
  if (now - clearSince < keepMs) return { next: { ...previous, clearSince } }
  return {
    next: once ? { status: 'over', since: now, ...idOf(previous) } : undefined,
    change: 'ended',
  }
}

function idOf({ alertId }: Instance): { alertId?: string } {
  return alertId === undefined ? {} : { alertId }
}
