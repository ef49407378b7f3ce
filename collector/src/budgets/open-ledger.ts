/**
 * The ledger of a running collector: its file, and what is done from time to time.
 *
 * Invariant: where the file was lost although there were leases, nothing is granted for as long as one can last.
 */
import { join } from 'node:path'
import type { Budget } from './budget.ts'
import { DecisionLog } from './decision-log.ts'
import { openJournal } from './journal.ts'
import { type Crossing, Ledger } from './ledger.ts'

export interface OpenLedgerOptions {
  dataDir: string
  budgets: readonly Budget[]
  ttlMs: number
  maxRequestMs: number
  /** The data directory was in use before. */
  usedBefore: boolean
  now: () => number
  onCrossed: (crossing: Crossing) => void
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
const COMPACT_BYTES = 16 * 1024 * 1024
const MAX_CROSSINGS = 1_000

export async function openLedger(options: OpenLedgerOptions): Promise<OpenLedger> {
  const { now, ttlMs, maxRequestMs, report } = options
  const folder = join(options.dataDir, 'budgets')
  const { journal, lines, lost } = await openJournal(join(folder, 'ledger'))
  const crossings: Crossing[] = []
  const ledger = new Ledger(options.budgets, {
    ...{ journal, now, ttlMs, maxRequestMs },
    learnUntil: lost && options.usedBefore ? now() + ttlMs : 0,
    onCrossed(crossing) {
      crossings.push(crossing)
      if (crossings.length > MAX_CROSSINGS) crossings.shift()
      options.onCrossed(crossing)
    },
  })
  for (const line of lines) ledger.recall(line)
  await ledger.compact()
  const decisions = await DecisionLog.open(join(folder, 'decisions'), report)
  const timer = setInterval(() => {
    ledger.sweep()
    if (journal.bytes > COMPACT_BYTES) ledger.compact().catch(report)
  }, SWEEP_MS)
  timer.unref()
  return {
    ...{ ledger, decisions, crossings },
    async close() {
      clearInterval(timer)
      await journal.close()
      await decisions.close()
    },
  }
}
