/** A month of a tenant out of what the store answered. Pure. */
import { parseAmount } from '@spanmeter/middleware/quota'
import type { PlanUsage } from '../query/plan-usage.ts'
import type { MonthUsage } from './plan-charge.ts'

/** @param start of the month, milliseconds */
export function monthUsage(usage: PlanUsage, tenant: string, start: number): MonthUsage {
  const bucket = Math.floor(start / 1000)
  const isOf = (row: { tenant: string; bucket: number }) =>
    row.tenant === tenant && Number(row.bucket) === bucket
  const calls = usage.calls.find(isOf)
  return {
    usd: parseAmount(calls?.cost ?? '0'),
    tokens: parseAmount(String(calls?.tokens ?? 0)),
    calls: parseAmount(String(calls?.calls ?? 0)),
    runs: usage.runs.filter(isOf).map(({ status, kind, runs }) => ({ status, kind, count: BigInt(runs) })),
    meters: new Map(usage.meters.filter(isOf).map(({ meter, quantity }) => [meter, parseAmount(quantity)])),
  }
}
