/**
 * Many instances spend one budget, with the real lease code, while things break.
 *
 * Invariant: what is counted as spent is what a provider would bill: a call that was admitted is billed, whether or not
 * its instance lives to say so.
 */
import { configuredBudgets } from '../collector/src/budgets/configured.ts'
import { readConfig } from '../collector/src/config/read.ts'
import { BudgetExceededError } from '../middleware/src/quota/refusal.ts'
import type { Ticket } from '../middleware/src/quota/ticket.ts'
import { PlayedCollector, PlayedInstance, World } from './limits-world.ts'

/** What happens in a run. */
export interface Scenario {
  seed: number
  limitUsd: number
  instances: number
  /** Calls a second, of all instances. */
  rate: number
  seconds: number
  /** What is set aside, as a part of what a call really costs. */
  holds: 'exact' | 'generous' | 'wrong'
  /** Part of the messages that are lost; as many are delivered twice. */
  loss: number
  crashes: number
  partitions: number
  restarts: number
  /** The collector's wall clock jumps by up to so many milliseconds. */
  skewMs: number
}

export interface Outcome {
  /** USD. */
  spent: number
  limit: number
  overshoot: number
  /** What the ledger gave up on, and what calls cost beyond what was set aside. */
  freed: number
  underestimated: number
  admitted: number
  refused: number
  /** Settled spend when a call was first refused. */
  spentAtFirstRefusal: number | undefined
  /** Exchanges with the collector for each admitted call. */
  exchangesPerCall: number
  /** The most that was spent and lent beyond the limit, by the ledger. */
  worst: number
  /** After everything has come to rest: what is still set aside, and whether what is left can be spent. */
  leftHeld: bigint
  phantom: boolean
  /** Known to the ledger at the end. */
  committed: number
}

const TTL_MS = 20_000
const LONGEST_MS = 60_000
const EPOCH = Date.parse('2026-03-10T12:00:00Z')

export async function simulate(scenario: Scenario): Promise<Outcome> {
  const world = new World(scenario.seed)
  const { random } = world
  const budgets = configuredBudgets(
    readConfig({}, `budgets: [{ id: all, limit: "${scenario.limitUsd}", period: month }]`),
  )
  const collector = new PlayedCollector(world, budgets, {
    ttlMs: TTL_MS,
    maxRequestMs: LONGEST_MS,
    epoch: EPOCH,
  })
  const instances: PlayedInstance[] = []
  const start = () =>
    instances.push(new PlayedInstance(world, collector, `i${instances.length}`, scenario.loss))
  for (let i = 0; i < scenario.instances; i++) start()

  const tally = {
    spent: 0n,
    settled: 0n,
    under: 0n,
    admitted: 0,
    refused: 0,
    first: undefined as bigint | undefined,
  }
  const call = async () => {
    const living = instances.filter(({ alive }) => alive)
    const instance = living[Math.floor(random() * living.length)]
    if (!instance) return
    const cost = costOf(random)
    const hold = holdOf(cost, scenario.holds, random)
    const verdict = await instance.admission.admit({ scope: {}, amount: () => hold })
    if (verdict instanceof BudgetExceededError) {
      tally.refused++
      tally.first ??= tally.settled
      return
    }
    tally.admitted++
    // It is on its way: the provider bills it, whatever becomes of the instance.
    tally.spent += cost
    if (cost > hold) tally.under += cost - hold
    world.later(2_000 + random() * 18_000, () => {
      tally.settled += cost
      if (instance.alive) verdict.settle(() => cost)
    })
  }
  const end = scenario.seconds * 1_000
  const arrive = () => {
    if (world.now >= end) return
    void call()
    world.later((-Math.log(1 - random()) * 1_000) / scenario.rate, arrive)
  }
  world.later(0, arrive)
  const sometime = (times: number, work: () => void) => {
    for (let i = 0; i < times; i++) world.later(random() * end, work)
  }
  sometime(scenario.crashes, () => {
    const victim = instances[Math.floor(random() * instances.length)]
    if (victim) victim.alive = false
    start()
  })
  sometime(scenario.partitions, () => {
    const victim = instances[Math.floor(random() * instances.length)]
    if (!victim) return
    victim.connected = false
    world.later(random() * 150_000, () => {
      victim.connected = true
    })
  })
  sometime(scenario.restarts, () => {
    collector.kill()
    world.later(random() * 10_000, () => collector.start())
  })
  sometime(4, () => {
    collector.skew = (random() - 0.5) * 2 * scenario.skewMs
  })

  await world.run(end + 30_000)
  for (const instance of instances) instance.connected = true
  if (!collector.up) collector.start()
  await world.run(end + 2 * (TTL_MS + LONGEST_MS) + 200_000)
  return finish(scenario, world, collector, tally)
}

async function finish(
  scenario: Scenario,
  world: World,
  collector: PlayedCollector,
  tally: { spent: bigint; under: bigint; admitted: number; refused: number; first: bigint | undefined },
): Promise<Outcome> {
  const [budget] = collector.ledger.book.budgets()
  if (!budget) throw new Error('there is no budget')
  const account = collector.ledger.peek(budget, {})
  const committed = account.committed(collector.now)
  const limit = BigInt(scenario.limitUsd) * 10n ** 12n
  const requests = collector.requests
  const leftHeld = account.held() + account.leased()
  const left = limit - committed
  let phantom = false
  if (left > 0n) {
    const fresh = new PlayedInstance(world, collector, 'fresh', 0)
    let verdict: Ticket | BudgetExceededError | undefined
    void Promise.resolve(fresh.admission.admit({ scope: {}, amount: () => left })).then((said) => {
      verdict = said
    })
    await world.run(world.now + 5_000)
    phantom = verdict === undefined || verdict instanceof BudgetExceededError
  }
  return {
    spent: usd(tally.spent),
    limit: scenario.limitUsd,
    overshoot: usd(tally.spent > limit ? tally.spent - limit : 0n),
    freed: usd(collector.freed),
    underestimated: usd(tally.under),
    admitted: tally.admitted,
    refused: tally.refused,
    spentAtFirstRefusal: tally.first === undefined ? undefined : usd(tally.first),
    exchangesPerCall: requests / Math.max(1, tally.admitted),
    worst: usd(collector.worst),
    ...{ leftHeld, phantom, committed: usd(committed) },
  }
}

/** Log-normal, mean about 0.017 USD, at most 0.50. */
export function costOf(random: () => number): bigint {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return BigInt(Math.ceil(Math.min(0.5, Math.exp(Math.log(0.01) + normal)) * 1e12))
}

function holdOf(cost: bigint, holds: Scenario['holds'], random: () => number): bigint {
  if (holds === 'exact') return cost
  if (holds === 'generous') return (cost * ([15n, 30n, 60n][Math.floor(random() * 3)] ?? 15n)) / 10n
  return (cost * BigInt(50 + Math.floor(random() * 200))) / 100n
}

function usd(amount: bigint): number {
  return Number(amount) / 1e12
}
