/**
 * A world on a virtual clock for the lease code of both sides: instances, a collector, and a network between them.
 *
 * Invariant: the code under test is the real one; only time, the wire and the disk are played. The same seed gives the
 * same world.
 */
import type { Budget } from '../collector/src/budgets/budget.ts'
import { Ledger } from '../collector/src/budgets/ledger.ts'
import type { Journal } from '../collector/src/journal/journal.ts'
import { Admission } from '../middleware/src/quota/admission.ts'
import { LeaseClient } from '../middleware/src/quota/lease-client.ts'
import type { LeaseRequest, LeaseResponse } from '../middleware/src/quota/protocol.ts'

/** Numbers from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Event {
  at: number
  order: number
  work: () => void
}

/** Virtual time: things happen in order, and what they set going happens before the next. */
export class World {
  now = 0
  readonly random: () => number
  #events: Event[] = []
  #order = 0

  constructor(seed: number) {
    this.random = randomFrom(seed)
  }

  later(ms: number, work: () => void): () => void {
    const event = { at: this.now + Math.max(0, ms), order: this.#order++, work }
    this.#push(event)
    return () => {
      event.work = () => {}
    }
  }

  async run(until: number): Promise<void> {
    for (;;) {
      const next = this.#events[0]
      if (!next || next.at > until) break
      this.#pop()
      this.now = next.at
      next.work()
      await new Promise(setImmediate)
    }
    this.now = until
  }

  #push(event: Event): void {
    const heap = this.#events
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(event, heap[parent] as Event)) break
      heap[at] = heap[parent] as Event
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#events
    const last = heap.pop() as Event
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!before(heap[child] as Event, last)) break
      heap[at] = heap[child] as Event
      at = child
    }
    heap[at] = last
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

export interface CollectorOptions {
  ttlMs: number
  maxRequestMs: number
  /** Wall clock of the collector at the beginning. */
  epoch: number
}

/** The collector: a ledger whose disk takes a millisecond, and which can die and come back. */
export class PlayedCollector {
  ledger: Ledger
  up = true
  /** What the ledger gave up on, in units of 1e-12. */
  freed = 0n
  requests = 0
  /** The most that committed and leased came to beyond the limit, together. */
  worst = 0n
  /** How far its wall clock is off. */
  skew = 0
  readonly #world: World
  readonly #budgets: readonly Budget[]
  readonly #options: CollectorOptions
  #disk: string[] = []
  #generation = 0

  constructor(world: World, budgets: readonly Budget[], options: CollectorOptions) {
    this.#world = world
    this.#budgets = budgets
    this.#options = options
    this.ledger = this.#create(0)
    const sweep = () => {
      if (this.up) this.freed += this.ledger.sweep()
      world.later(5_000, sweep)
    }
    world.later(5_000, sweep)
  }

  get now(): number {
    return Math.floor(this.#options.epoch + this.#world.now + this.skew)
  }

  /** Dies with whatever it has not written yet. */
  kill(): void {
    this.up = false
    this.#generation++
  }

  /** Comes back with what is on disk. @param lost the disk is empty */
  start(lost = false): void {
    if (lost) this.#disk = []
    this.up = true
    this.ledger = this.#create(lost ? this.now + this.#options.ttlMs : 0)
    for (const line of this.#disk) this.ledger.recall(line)
  }

  async exchange(request: LeaseRequest): Promise<LeaseResponse> {
    if (!this.up) throw new Error('down')
    this.requests++
    const { ledger } = this
    const answer = await ledger.exchange(request)
    for (const account of ledger.book.all()) {
      const limit = ledger.limitOf(account, this.now)?.limit ?? 0n
      const over = account.committed(this.now) + account.leased() - limit
      if (over > this.worst) this.worst = over
    }
    return answer
  }

  #create(learnUntil: number): Ledger {
    const { ttlMs, maxRequestMs } = this.#options
    const generation = ++this.#generation
    const journal: Journal = {
      bytes: 0,
      append: (line) =>
        new Promise((resolve) => {
          this.#world.later(1, () => {
            if (generation !== this.#generation) return
            this.#disk.push(line)
            resolve()
          })
        }),
      rewrite: async (lines) => {
        this.#disk = [...lines]
      },
      close: async () => {},
    }
    return new Ledger(this.#budgets, { journal, now: () => this.now, ttlMs, maxRequestMs, learnUntil })
  }
}

/** A service: its clock runs a little fast or slow, and its network can be cut. */
export class PlayedInstance {
  readonly client: LeaseClient
  readonly admission: Admission
  connected = true
  alive = true

  constructor(world: World, collector: PlayedCollector, name: string, loss: number) {
    const rate = 1 + (world.random() - 0.5) * 0.02
    const start = world.random() * 1e6
    const hop = () => 2 + world.random() * 40
    this.client = new LeaseClient({
      instance: name,
      now: () => start + world.now * rate,
      later: (ms, work) => world.later(ms / rate, () => this.alive && work()),
      waitMs: 1_000,
      report: () => {},
      exchange: (request) => {
        const wire = JSON.stringify(request)
        return new Promise((resolve) => {
          const deliver = (answer: (response: LeaseResponse) => void) => {
            if (!this.connected || !this.alive || world.random() < loss) return
            collector.exchange(JSON.parse(wire) as LeaseRequest).then(answer, () => {})
          }
          world.later(hop(), () =>
            deliver((response) => {
              world.later(hop(), () => {
                if (this.connected && this.alive && world.random() >= loss) resolve(response)
              })
            }),
          )
          // Networks deliver twice, and late.
          if (world.random() < loss) world.later(500 + world.random() * 5_000, () => deliver(() => {}))
        })
      },
    })
    this.admission = new Admission(this.client, false)
    this.client.refresh()
  }
}
