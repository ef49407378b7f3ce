/** Stores how many spans came again, so that it is known after a restart. */
import type { ClickHouseClient } from '@clickhouse/client'
import { timeText } from '../query/raw-range.ts'
import type { Repeats } from '../receive/repeats.ts'

/** Creates the step; what could not be stored is in the next one. `at` is in ms since the Unix epoch. */
export function createRepeatRecorder(
  client: Pick<ClickHouseClient, 'insert'>,
  repeats: Repeats,
): (at: number) => Promise<void> {
  return async (at) => {
    const rows = repeats.take()
    if (rows.length === 0) return
    try {
      await client.insert({
        table: 'repeated_spans',
        values: rows.map((row) => ({ ...row, at: timeText(at) })),
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
    } catch (error) {
      repeats.giveBack(rows)
      throw error
    }
  }
}
