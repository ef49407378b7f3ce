/**
 * Decisions of the last time, so that somebody can ask for their reasons.
 *
 * Invariant: bounded in memory and on disk: the newest so many are kept; what cannot be written is kept in memory.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Decision } from '@spanmeter/middleware/quota'

/** A decision, and when the collector heard of it. */
export interface StoredDecision extends Decision {
  instance: string
  /** Milliseconds since the epoch. */
  heardAt: number
}

const KEPT = 20_000

export class DecisionLog {
  readonly #path: string
  readonly #report: (error: unknown) => void
  readonly #byId = new Map<string, StoredDecision>()
  #written = 0
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, report: (error: unknown) => void) {
    this.#path = path
    this.#report = report
  }

  static async open(path: string, report: (error: unknown) => void): Promise<DecisionLog> {
    await mkdir(dirname(path), { recursive: true })
    const log = new DecisionLog(path, report)
    const text = await readFile(path, 'utf8').catch(() => '')
    for (const line of text.split('\n')) {
      try {
        if (line !== '') log.#keep(JSON.parse(line) as StoredDecision)
      } catch {
        // Torn by a crash: it explains nothing.
      }
    }
    await log.#rewrite()
    return log
  }

  /** Remembers decisions; those that are known already are not told twice. */
  add(decisions: readonly StoredDecision[]): void {
    const fresh = decisions.filter(({ id }) => !this.#byId.has(id))
    if (fresh.length === 0) return
    for (const decision of fresh) this.#keep(decision)
    this.#written += fresh.length
    const text = fresh.map((decision) => `${JSON.stringify(decision)}\n`).join('')
    this.#writing = this.#writing
      .then(() => (this.#written > KEPT ? this.#rewrite() : appendFile(this.#path, text)))
      .catch(this.#report)
  }

  get(id: string): StoredDecision | undefined {
    return this.#byId.get(id)
  }

  async close(): Promise<void> {
    await this.#writing
  }

  #keep(decision: StoredDecision): void {
    this.#byId.set(decision.id, decision)
    if (this.#byId.size <= KEPT) return
    const [oldest] = this.#byId.keys()
    if (oldest !== undefined) this.#byId.delete(oldest)
  }

  async #rewrite(): Promise<void> {
    const text = [...this.#byId.values()].map((decision) => `${JSON.stringify(decision)}\n`).join('')
    await writeFile(`${this.#path}.next`, text, { mode: 0o600 })
    await rename(`${this.#path}.next`, this.#path)
    this.#written = 0
  }
}
