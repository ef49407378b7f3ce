/**
 * Today's totals, for everyone who watches.
 *
 * Invariant: the store is asked at most once a second for each question, however many watch it, and not at all
 * while nobody does.
 */
import { type Reader, readerFor } from '../access/tenant-reader.ts'
import type { Filters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { usageCube } from '../query/usage-cube.ts'
import { type Amounts, addSums, amountsOf } from './amounts.ts'
import { periodOf } from './billing-response.ts'
import type { PeriodBody } from './billing-schema.ts'

/** One event of topic `cost`. */
export interface CostEvent extends Amounts {
  period: PeriodBody
  currency: 'USD'
}

/** What is watched. */
export interface LiveQuestion {
  readonly timezone: string
  readonly filters: Filters
  /** Who watches is bound to this tenant. */
  readonly tenant: string | undefined
}

type Listener = (event: CostEvent | Error) => void
interface Watch {
  readonly question: LiveQuestion
  readonly listeners: Set<Listener>
  last?: CostEvent
  stop(): void
}

/** Asks for totals on behalf of watchers. */
export class LiveTotals {
  readonly #reader: Reader
  readonly #now: () => Date
  readonly #everyMs: number
  readonly #watches = new Map<string, Watch>()

  /** `everyMs`: the least time between two questions. */
  constructor(reader: Reader, now: () => Date, everyMs = 1000) {
    this.#reader = reader
    this.#now = now
    this.#everyMs = everyMs
  }

  /** Different questions that are being asked. */
  get questions(): number {
    return this.#watches.size
  }

  /** Whether a question is being asked already. */
  asks(question: LiveQuestion): boolean {
    return this.#watches.has(keyOf(question))
  }

  /** Tells `listener` the totals now and whenever they change. Returns how to stop. */
  watch(question: LiveQuestion, listener: Listener): () => void {
    const key = keyOf(question)
    let watch = this.#watches.get(key)
    if (watch === undefined) {
      watch = this.#start(question)
      this.#watches.set(key, watch)
    } else if (watch.last !== undefined) listener(watch.last)
    const { listeners, stop } = watch
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      stop()
      this.#watches.delete(key)
    }
  }

  #start(question: LiveQuestion): Watch {
    const leave = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const watch: Watch = {
      question,
      listeners: new Set(),
      stop: () => {
        clearTimeout(timer)
        leave.abort()
      },
    }
    const round = async (): Promise<void> => {
      const event = await this.#ask(question, leave.signal)
      if (leave.signal.aborted) return
      if (event instanceof Error || JSON.stringify(event) !== JSON.stringify(watch.last))
        for (const listener of watch.listeners) listener(event)
      if (!(event instanceof Error)) watch.last = event
      timer = setTimeout(() => void round(), this.#everyMs)
      timer.unref()
    }
    queueMicrotask(() => void round())
    return watch
  }

  async #ask({ timezone, filters, tenant }: LiveQuestion, signal: AbortSignal): Promise<CostEvent | Error> {
    try {
      const today = resolvePeriod({ period: 'today', timezone }, this.#now().getTime())
      if (Array.isArray(today)) return new Error('cannot watch: the zone is not known')
      const { rows } = await usageCube(
        { reader: readerFor(this.#reader, tenant), signal },
        { start: today.start, end: today.end, filters },
      )
      return { period: periodOf(today), currency: 'USD', ...amountsOf(addSums(rows)) }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

function keyOf({ timezone, filters, tenant }: LiveQuestion): string {
  return JSON.stringify([tenant ?? null, timezone, Object.entries(filters).sort()])
}
