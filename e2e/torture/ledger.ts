/**
 * What was sent and what was acknowledged, span by span.
 *
 * Invariant: a span is a number from 1; its ids and its start follow from the number, so whoever sends it again
 * sends the same span.
 */
import { call } from '../../collector/test/spans.ts'

/** How long before now the spans of a kind started, seconds. */
const AGES = [5, 5, 5, 5, 90, 3600, 30 * 3600, 10 * 86_400]

export class Ledger {
  readonly #startedAt = Math.floor(Date.now() / 1000)
  #acknowledged = new Uint8Array(1 << 16)
  /** Spans that were made. */
  made = 0
  acknowledged = 0

  /** New spans, by number. */
  make(count: number): number[] {
    return Array.from({ length: count }, () => ++this.made)
  }

  span(number: number): ReturnType<typeof call> {
    const age = AGES[number % AGES.length] as number
    const at = this.#startedAt - age + Math.floor(number / 500)
    return call(number, { 'spanmeter.cost.exact': '0.01', 'spanmeter.tenant.id': `t${number % 7}` }, at)
  }

  /** The span's id as the store has it. */
  id(number: number): string {
    return this.span(number).spanContext().spanId
  }

  acknowledge(numbers: readonly number[]): void {
    for (const number of numbers) {
      if (number >= this.#acknowledged.length) {
        const wider = new Uint8Array(this.#acknowledged.length * 2)
        wider.set(this.#acknowledged)
        this.#acknowledged = wider
      }
      if (this.#acknowledged[number] === 1) continue
      this.#acknowledged[number] = 1
      this.acknowledged++
    }
  }

  isAcknowledged(number: number): boolean {
    return this.#acknowledged[number] === 1
  }
}
