/** What the ledger's journal says is what the ledger knew: a restart changes nothing, however often it happens. */
import { type AccountReport, formatAmount, type LeaseRequest } from '@spanmeter/middleware/quota'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readConfig } from '../config/read.ts'
import type { LedgerAccount } from './account.ts'
import { configuredBudgets } from './configured.ts'
import { Ledger } from './ledger.ts'
import { viewOf } from './view.ts'

const BUDGETS = configuredBudgets(
  readConfig(
    {},
    `budgets:
  - { id: month, scope: { tenant: '*' }, limit: 100, rollOver: 50, period: month }
  - { id: hour, limit: 20, period: hour, rollOver: 5 }
  - { id: rolling, limit: 60, period: { rolling: 2h } }
`,
  ),
)
const HOUR = 3_600_000

class World {
  lines: string[] = []
  now = Date.parse('2026-03-30T10:00:00Z')
  ledger: Ledger
  readonly #spent = new Map<
    string,
    { lease: number; period: string; settled: bigint; ceiling: string; ledger: string | undefined }
  >()
  /** What was spent of a budget in a period, by what instances were told. */
  readonly truth = new Map<string, bigint>()
  #seq = 0

  constructor() {
    this.ledger = this.#open()
  }

  /** As a collector that starts for the first time. */
  static async start(): Promise<World> {
    const world = new World()
    await world.ledger.compact()
    return world
  }

  #open(): Ledger {
    const journal = {
      bytes: 0,
      append: async (line: string) => void this.lines.push(line),
      rewrite: async (lines: readonly string[]) => {
        this.lines = [...lines]
      },
      close: async () => {},
    }
    return new Ledger(BUDGETS, { journal, now: () => this.now, ttlMs: 20_000, maxRequestMs: 60_000 })
  }

  /** An instance has spent `amount` more of a budget, and holds as much. */
  async report(instance: number, budget: string, amount: number): Promise<void> {
    const key = `${instance} ${budget}`
    const known = this.#spent.get(key)
    const settled = (known?.settled ?? 0n) + BigInt(amount) * 10n ** 12n
    const lease = known?.lease ?? this.#seq + 1
    const report: AccountReport = {
      ...{ lease, budget, subject: budget === 'month' ? { tenant: 'acme' } : {} },
      ...(known ? { period: known.period } : {}),
      ...{ settled: formatAmount(settled), held: '1', ceiling: known?.ceiling ?? '0' },
      ...{ need: '1', want: '2' },
      ...(known ? { acknowledged: formatAmount(known.settled) } : {}),
    }
    const request: LeaseRequest = {
      ...{ instance: `i${instance}`, seq: ++this.#seq, version: '', accounts: [report] },
      ledger: known?.ledger,
    }
    const { accounts, ledger } = await this.ledger.exchange(request)
    const [state] = accounts
    const of = `${budget} ${state?.period}`
    const isCounted = state !== undefined && (!state.closed || this.isKept(of))
    if (isCounted) this.truth.set(of, (this.truth.get(of) ?? 0n) + BigInt(amount) * 10n ** 12n)
    if (!state || state.closed) this.#spent.delete(key)
    else this.#spent.set(key, { lease, period: state.period, settled, ceiling: state.ceiling, ledger })
  }

  /** Whether there is an account of a period that still takes reports. */
  isKept(of: string): boolean {
    return [...this.ledger.book.all()].some((account) => nameOf(account) === of)
  }

  /** What the accounts say was reported. */
  get reported(): [string, bigint, bigint][] {
    return [...this.ledger.book.all()]
      .filter(({ period }) => Number.isFinite(period.end))
      .map((account) => {
        const name = nameOf(account)
        return [name, account.committed(this.now) - account.adjustment, this.truth.get(name) ?? 0n]
      })
  }

  async adjust(budget: string, amount: number): Promise<void> {
    const found = this.ledger.book.budget(budget)
    if (!found) throw new Error(`there is no budget ${budget}`)
    const subject = budget === 'month' ? { tenant: 'acme' } : {}
    const account = this.ledger.book.current(found, subject, this.now, true)
    await this.ledger.adjust(account, BigInt(amount) * 10n ** 12n)
  }

  /** As a collector that was killed, and reads what is on disk. */
  restart(): void {
    this.ledger = this.#open()
    for (const line of this.lines) this.ledger.recall(line)
  }

  /** How the accounts of the periods stand that are not over. */
  get standing(): unknown[] {
    return (
      [...this.ledger.book.all()]
        .filter(({ period }) => period.end > this.now)
        .map((account) => viewOf(this.ledger, account, this.now))
        // what a period only begins with follows from the one before it
        .filter(({ committed, leased, unreported }) =>
          [committed, leased, unreported].some((one) => one !== '0'),
        )
        .map(({ budget, scope, period, limit, committed, leased, carried_over, unreported }) =>
          JSON.stringify({ budget, scope, period, limit, committed, leased, carried_over, unreported }),
        )
        .sort()
    )
  }
}

function nameOf({ budget, period }: LedgerAccount): string {
  return `${budget.definition.id} ${period.key}`
}

const budget = fc.constantFrom('month', 'hour', 'rolling')
const act = fc.oneof(
  fc.record({
    act: fc.constant('report'),
    budget,
    instance: fc.integer({ min: 1, max: 3 }),
    amount: fc.nat(9),
  }),
  fc.record({ act: fc.constant('adjust'), budget, amount: fc.nat(5) }),
  fc.record({ act: fc.constant('wait'), minutes: fc.constantFrom(1, 45, 120, 27 * 60) }),
  fc.record({ act: fc.constant('compact') }),
)

it('stands after a restart as it stood before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 25 }), async (acts) => {
      const world = await World.start()
      for (const one of acts) {
        if ('instance' in one) await world.report(one.instance, one.budget, one.amount)
        else if ('amount' in one) await world.adjust(one.budget, one.amount)
        else if ('minutes' in one) {
          world.now += (one.minutes * HOUR) / 60
          world.ledger.sweep()
        } else await world.ledger.compact()
      }
      world.ledger.sweep()
      for (const [name, reported, truth] of world.reported) expect([name, reported]).toEqual([name, truth])
      const before = world.standing
      world.restart()
      world.ledger.sweep()
      expect(world.standing).toEqual(before)
      // As a collector does when it starts.
      await world.ledger.compact()
      world.restart()
      world.ledger.sweep()
      expect(world.standing).toEqual(before)
    }),
    { numRuns: 300 },
  )
})
