/**
 * Writes what credits are worth to the store, for dashboards.
 *
 * Invariant: a row is written when it differs from what this process wrote before.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { timeText } from '../query/raw-range.ts'
import type { CreditRates } from '../rate/credits.ts'

/** Creates the step; `at` is in ms since the Unix epoch. */
export function createCreditRecorder(
  client: ClickHouseClient,
  rates: () => CreditRates,
): (at: number) => Promise<void> {
  let written = ''
  return async (at) => {
    const { perUsd, kinds } = rates()
    const text = JSON.stringify([perUsd, kinds])
    if (text === written) return
    await client.insert({
      table: 'credit_rates',
      values: [{ set_at: timeText(at), per_usd: perUsd, kinds }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
    written = text
  }
}
