/**
 * One call by its ids, from the raw spans.
 *
 * Invariant: only calls to paid APIs are found. Where the caller knows when the call was made, only the minutes
 * around it are read: the store is ordered by time, not by id.
 */
import { execute, type QueryContext } from './execute.ts'
import { timeText } from './raw-range.ts'
import { EVENT_COLUMNS, type EventRow } from './usage-events.ts'

const AROUND_MS = 60_000

/** Asks for one call; `near` is about when it was made, milliseconds. */
export async function usageEventById(
  context: QueryContext,
  traceId: string,
  spanId: string,
  near: number | undefined,
): Promise<EventRow | undefined> {
  const time =
    near === undefined
      ? ''
      : " AND start_time >= {from:DateTime64(3, 'UTC')} AND start_time <= {until:DateTime64(3, 'UTC')}"
  const rows = await execute<EventRow>(
    context,
    'usage event',
    `SELECT ${EVENT_COLUMNS}, '' AS sort_value
     FROM spans
     WHERE is_call AND trace_id = {trace_id:String} AND span_id = {span_id:String}${time}
     LIMIT 1`,
    {
      trace_id: traceId,
      span_id: spanId,
      ...(near === undefined ? {} : { from: timeText(near - AROUND_MS), until: timeText(near + AROUND_MS) }),
    },
  )
  return rows[0]
}
