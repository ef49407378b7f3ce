/**
 * Lets inserts run together and a repair run alone.
 *
 * Invariant: `alone` starts when nothing that came through `shared` runs, and nothing starts until it ends.
 */
export class Gate {
  #running = 0
  #alone: Promise<unknown> = Promise.resolve()
  #closed = 0
  #idle: (() => void)[] = []

  async shared<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed > 0) await this.#alone
    this.#running++
    try {
      return await work()
    } finally {
      if (--this.#running === 0) for (const wake of this.#idle.splice(0)) wake()
    }
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    this.#closed++
    const turn = this.#alone.then(async () => {
      while (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
      try {
        return await work()
      } finally {
        this.#closed--
      }
    })
    this.#alone = turn.catch(() => {})
    return turn
  }
}
