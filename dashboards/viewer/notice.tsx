/**
 * What stands above the panels when something about all of them has to be said.
 *
 * Invariant: one sentence that says why, and where there is one, the way out.
 */
import { parseInstant } from '../src/time-range.ts'
import type { View } from './location.ts'
import { formatInstant } from './time.ts'

/** Whether anything ever arrived, and the hour in which something last did. */
export interface Status {
  readonly calls: number
  readonly lastHour: number | null
}

/** What is wrong with the range of an address; undefined for a good one. */
export function rangeFault(
  { from, to }: Pick<View, 'from' | 'to'>,
  now: number,
  zone: string,
): string | undefined {
  const [start, end] = [parseInstant(from, now, zone), parseInstant(to, now, zone, true)]
  if (start === undefined) return `“${from}”, where the range begins, is no time.`
  if (end === undefined) return `“${to}”, where the range ends, is no time.`
  return start < end ? undefined : `The range from “${from}” to “${to}” ends before it begins.`
}

/** Says why everything is empty, or that the collector is gone. */
export function Notice({
  status,
  view,
  zone,
  onChange,
}: {
  status: { data?: Status | undefined; error?: string | undefined }
  view: View
  zone: string
  onChange: (part: Partial<View>) => void
}) {
  if (status.error) {
    return (
      <p class="notice bad" role="status">
        {status.error}
      </p>
    )
  }
  const last = status.data?.lastHour ?? null
  const now = Date.now()
  const from = parseInstant(view.from, now, zone)
  if (last === null || from === undefined || last + 3_600_000 > from) return null
  return (
    <p class="notice" role="status">
      There are no calls in this range. The last one was in the hour after {formatInstant(last, zone, false)}.
      <button
        type="button"
        class="control"
        onClick={() => onChange({ from: String(last - 23 * 3_600_000), to: String(last + 3_599_999) })}
      >
        Show that day
      </button>
    </p>
  )
}
