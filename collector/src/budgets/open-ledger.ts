/**
 * The ledger of a running collector: its file, and what is done from time to time.
 *
 * Invariant: where the file was lost although there were leases, nothing is granted for as long as one can last.
 */
import { join } from 'node:path'
import { openJournal } from '../journal/journal.ts'
import type { QueryContext } from '../query/execute.ts'
import type { Budget } from './budget.ts'
import { DecisionLog } from './decision-log.ts'
import { type Crossing, Ledger } from './ledger.ts'
import { type Drift, Reconciler } from './reconcile.ts'

export interface OpenLedgerOptions {
  dataDir: string
  budgets: readonly Budget[]
  ttlMs: number
  maxRequestMs: number
  /** The data directory was in use before. */
  usedBefore: boolean
  now: () => number
  onCrossed: (crossing: Crossing) => void
  /** Telemetry to compare with, and who is told how far the ledger is off; absent = nothing is compared. */
  telemetry?: { context: QueryContext; onDrift(drift: Drift): void }
  report: (error: unknown) => void
}

export interface OpenLedger {
  ledger: Ledger
  decisions: DecisionLog
  /** Threshold crossings of this process, the newest last. */
  crossings: readonly Crossing[]
  close(): Promise<void>
}

const SWEEP_MS = 5_000
const COMPARE_MS = 60_000
const COMPACT_BYTES = 16 * 1024 * 1024
const MAX_CROSSINGS = 1_000

export async function openLedger(options: OpenLedgerOptions): Promise<OpenLedger> {
  const { now, ttlMs, maxRequestMs, report } = options
  const folder = join(options.dataDir, 'budgets')
  const { journal, lines, lost } = await openJournal(join(folder, 'ledger'), 'the ledger of budgets')
  const crossings: Crossing[] = []
  const ledger = new Ledger(options.budgets, {
    ...{ journal, now, ttlMs, maxRequestMs, incomplete: lost },
    learnUntil: lost && options.usedBefore ? now() + ttlMs : 0,
    onCrossed(crossing) {
      crossings.push(crossing)
      if (crossings.length > MAX_CROSSINGS) crossings.shift()
      options.onCrossed(crossing)
    },
  })
  for (const line of lines) ledger.recall(line)
  // whoever lives has reported by then
  ledger.keepUntil(now() + ttlMs)
  await ledger.compact()
  const decisions = await DecisionLog.open(join(folder, 'decisions'), report)
  const timer = setInterval(() => {
    ledger.sweep()
    if (journal.bytes > COMPACT_BYTES) ledger.compact().catch(report)
  }, SWEEP_MS)
  timer.unref()
  const comparing = compareFromTimeToTime(ledger, options)
  return {
    ...{ ledger, decisions, crossings },
    async close() {
      clearInterval(timer)
      clearInterval(comparing)
      await journal.close()
      await decisions.close()
    },
  }
}

/** One comparison at a time; without a budget nothing is asked. */
function compareFromTimeToTime(
  ledger: Ledger,
  { telemetry, now, report }: OpenLedgerOptions,
): NodeJS.Timeout | undefined {
  if (!telemetry) return undefined
  const reconciler = new Reconciler(ledger, telemetry.context, now)
  let comparing = false
  const compare = async () => {
    if (comparing || ledger.book.definitions.length === 0) return
    comparing = true
    try {
      telemetry.onDrift(await reconciler.compare())
    } catch (error) {
      report(error)
    } finally {
      comparing = false
    }
  }
  void compare()
  return setInterval(() => void compare(), COMPARE_MS).unref()
}
