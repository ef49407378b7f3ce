/**
 * How every budget stands for every subject now: for alerts, and as rows of the store for dashboards.
 *
 * Invariant: the numbers are the ledger's; what the store lacks while it is away is not made up.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { BudgetStatus } from '@spanmeter/middleware/quota'
import { formatDecimal } from '../query/decimal.ts'
import { timeText } from '../query/raw-range.ts'
import type { Ledger } from './ledger.ts'
import { statusOf } from './status.ts'

/** One subject of one budget in its present period; amounts are units of 1e-12. */
export interface Standing {
  /** Id in the configuration. */
  readonly budget: string
  readonly subject: Readonly<Record<string, string>>
  /** `usd`, `tokens`, or a meter. */
  readonly unit: string
  readonly period: string
  /** Milliseconds; absent where the period rolls. */
  readonly resetsAt?: number
  readonly committed: bigint
  readonly held: bigint
  readonly limit: bigint
  readonly status: BudgetStatus
  /** Percent of the limit at which somebody is told. */
  readonly thresholds: readonly number[]
}

/** Every subject of every budget that has a limit. */
export function* standings(ledger: Ledger, now: number): Generator<Standing> {
  for (const { definition, thresholds } of ledger.book.budgets()) {
    for (const account of ledger.book.open(definition.id, now)) {
      const allowed = ledger.limitOf(account, now)
      if (allowed === undefined) continue
      const { key, end } = account.period
      const subject = Object.entries(account.subject).flatMap(([name, value]) =>
        value === undefined ? [] : [[LABELS[name] ?? name, value] as const],
      )
      yield {
        ...{ budget: definition.id, unit: definition.unit, thresholds, period: key, limit: allowed.limit },
        subject: Object.fromEntries(subject),
        ...(Number.isFinite(end) && { resetsAt: end }),
        committed: account.committed(now),
        held: account.held(),
        status: statusOf(account, allowed, now),
      }
    }
  }
}

/** Dimensions of a scope that the rest of the API calls otherwise. */
const LABELS: Readonly<Record<string, string>> = {
  tenant: 'tenant_id',
  user: 'user_id',
  agent: 'agent_id',
  conversation: 'conversation_id',
}

const EVERY_MS = 60_000
/** What has not changed is written again after so long, so that a chart has points. */
const AGAIN_MS = 3_600_000
/** Rows of one look at the most. */
const MOST_ROWS = 10_000

export interface RecordOptions {
  readonly client: ClickHouseClient
  readonly ledger: Ledger
  readonly now: () => number
  readonly failed: (error: unknown) => void
}

/** Stores how budgets stand, every minute. */
export function recordStandings({ client, ledger, now, failed }: RecordOptions): { stop(): Promise<void> } {
  const written = new Map<string, { text: string; at: number }>()
  let writing = Promise.resolve()
  const look = async (): Promise<void> => {
    const at = now()
    const rows: object[] = []
    const seen = new Map<string, { text: string; at: number }>()
    for (const standing of standings(ledger, at)) {
      if (rows.length >= MOST_ROWS) break
      const row = rowOf(standing)
      const key = JSON.stringify([standing.budget, standing.subject])
      const text = JSON.stringify(row)
      const before = written.get(key)
      if (before?.text === text && at - before.at < AGAIN_MS) seen.set(key, before)
      else {
        seen.set(key, { text, at })
        rows.push({ at: timeText(at), ...row })
      }
    }
    if (rows.length > 0)
      await client.insert({
        table: 'budget_samples',
        values: rows,
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0, insert_deduplicate: 0 },
      })
    written.clear()
    for (const [key, entry] of seen) written.set(key, entry)
  }
  const timer = setInterval(() => {
    writing = writing.then(look).catch(failed)
  }, EVERY_MS)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await writing
    },
  }
}

function rowOf({
  budget,
  subject,
  unit,
  period,
  resetsAt,
  committed,
  held,
  limit,
  status,
}: Standing): object {
  return {
    ...{ budget, subject, unit, period, status, tenant_id: subject.tenant_id ?? '' },
    resets_at: resetsAt === undefined ? null : timeText(resetsAt),
    committed: formatDecimal(committed),
    held: formatDecimal(held),
    budget_limit: formatDecimal(limit),
  }
}
