/**
 * What was decided for one call, job or request, and what is set aside for it.
 *
 * Invariant: it is settled once; whoever forgets it keeps nobody else waiting for longer than the account's period.
 */
import type { Account, Hold } from './account.ts'
import type { LeaseClient } from './lease-client.ts'
import type { BudgetDefinition, Decision } from './protocol.ts'

/** What differs from a plain yes. */
export interface Note {
  outcome: Decision['outcome']
  budget: string
  decisionId?: string | undefined
}

export class Ticket {
  readonly holds: readonly Hold[]
  readonly #client: LeaseClient
  #settled = false
  /** The most telling one. */
  note: Note | undefined
  /** The model to ask instead. */
  model: string | undefined
  /** The most tokens that the answer may have, where the request is to say so. */
  maxOutput: number | undefined
  /** Milliseconds to wait first. */
  delayMs = 0

  constructor(client: LeaseClient, holds: readonly Hold[]) {
    this.#client = client
    this.holds = holds
  }

  /** @param actual what it really counts, budget by budget */
  settle(actual: (definition: BudgetDefinition, held: bigint) => bigint): void {
    if (this.#settled) return
    this.#settled = true
    for (const hold of this.holds) {
      this.#client.settle(hold, actual(hold.account.definition, hold.amount))
    }
  }

  /** Nothing was used. */
  release(): void {
    this.settle(() => 0n)
  }

  /** Accounts that are near or at their limits, the nearest first. */
  warnings(): { account: Account; percent: number }[] {
    const near: { account: Account; percent: number }[] = []
    for (const { account } of this.holds) {
      const percent = account.percent()
      if (percent !== undefined && percent >= account.definition.warnAt) near.push({ account, percent })
    }
    return near.sort((a, b) => b.percent - a.percent)
  }
}
