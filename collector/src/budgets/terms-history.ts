/**
 * The terms of a tenant over time, and the months that they make.
 *
 * Invariant: pure. Months tile time. Where a change of terms moves the days on which months begin, the month that is
 * under way ends on the first such day, and no month that was over changes.
 */
import { dateAt } from '../query/zone.ts'
import { type BudgetPeriod, monthsOf, type PeriodRule, periodAt } from './period.ts'
import type { Terms } from './terms.ts'

/** What was recorded once. */
export interface TermsRecord {
  /** Milliseconds since the Unix epoch. */
  readonly validFrom: number
  readonly recordedAt: number
  /** Absent = those of tenants without a subscription. */
  readonly terms?: Terms | undefined
}

interface Since<Value> {
  readonly from: number
  readonly value: Value
}

/** What holds now, and what was recorded: of the tenant itself, and of those without a subscription. */
export interface KnownTerms {
  readonly present: Terms
  readonly now: number
  readonly own?: readonly TermsRecord[] | undefined
  readonly others?: readonly TermsRecord[] | undefined
}

export class TermsHistory {
  readonly #terms: readonly Since<Terms>[]
  readonly #rules: readonly Since<PeriodRule>[]

  constructor({ present, now, own = [], others = [] }: KnownTerms) {
    const changes = [...own, ...others].map(({ validFrom }) => validFrom).filter((at) => at < now)
    const first = Number.NEGATIVE_INFINITY
    const all = [first, ...new Set(changes.sort((a, b) => a - b))].map((from) => ({
      from,
      value: validAt(own, from)?.terms ?? (validAt(others, from) ?? others[0])?.terms ?? present,
    }))
    this.#terms = merged([...all, { from: now, value: present }])
    this.#rules = merged(this.#terms.map(({ from, value }) => ({ from, value: monthsOf(value) })))
  }

  /** Says the same of two histories whose months are the same. */
  get months(): string {
    return JSON.stringify(this.#rules)
  }

  /** The terms that hold at an instant. */
  at(instant: number): Terms {
    return this.#terms[indexAt(this.#terms, instant)]?.value as Terms
  }

  /** The month that holds an instant. */
  periodAt(instant: number): BudgetPeriod {
    const [only, second] = this.#rules
    if (only !== undefined && second === undefined) return periodAt(only.value, instant)
    const { key, start } = this.#startOf(instant)
    return { key: this.#unique(key, start), start, end: this.#endOf(instant) }
  }

  #startOf(instant: number): { key: string; start: number } {
    const index = indexAt(this.#rules, instant)
    const { from, value } = this.#rules[index] as Since<PeriodRule>
    const { key, start } = periodAt(value, instant)
    const older = this.#rules[index - 1]
    if (older === undefined || start >= from) return { key, start }
    // it was under way when the rule changed, unless the older rule began a new one in that instant
    if (periodAt(older.value, from - 1).end > from) return this.#startOf(from - 1)
    return { key: `month:${dateAt(from, zoneOf(older.value))}`, start: from }
  }

  /** Two months may begin on the same date, each of its own zone: the later one is numbered. */
  #unique(key: string, start: number): string {
    let count = 1
    for (let before = this.#startOf(start - 1); before.key === key; before = this.#startOf(before.start - 1))
      count++
    return count === 1 ? key : `${key}.${count}`
  }

  #endOf(instant: number): number {
    const index = indexAt(this.#rules, instant)
    const { end } = periodAt((this.#rules[index] as Since<PeriodRule>).value, instant)
    const newer = this.#rules[index + 1]
    return newer !== undefined && end > newer.from ? this.#endOf(newer.from) : end
  }
}

/** Of the records that are valid at an instant, the one that was made last. */
function validAt(records: readonly TermsRecord[], instant: number): TermsRecord | undefined {
  let found: TermsRecord | undefined
  for (const record of records)
    if (record.validFrom <= instant && (found === undefined || record.recordedAt >= found.recordedAt))
      found = record
  return found
}

function indexAt(list: readonly Since<unknown>[], instant: number): number {
  return list.findLastIndex(({ from }) => from <= instant)
}

/** Without what says the same as the one before it. */
function merged<Value>(list: readonly Since<Value>[]): Since<Value>[] {
  const texts = list.map(({ value }) => JSON.stringify(value))
  return list.filter((_, index) => texts[index] !== texts[index - 1])
}

function zoneOf(rule: PeriodRule): string {
  return rule.every === 'rolling' ? 'UTC' : rule.timezone
}
