/**
 * `admit()`: asks the budgets before something is done that no metered call shows, or before a job begins.
 *
 * Invariant: what is admitted is set aside until it is settled, so that others cannot use it meanwhile.
 */
import type { Attribution } from '../attribution.ts'
import { current } from '../install.ts'
import { decimalText } from '../providers/fields.ts'
import { ONE, parseAmount, parseShort } from './amount.ts'
import type { BudgetDefinition } from './protocol.ts'
import { BudgetExceededError } from './refusal.ts'
import type { Ticket } from './ticket.ts'

/** How much, in whatever budgets count in. Decimal text is exact. */
export interface Amounts {
  usd?: number | string | undefined
  tokens?: number | string | undefined
  credits?: number | string | undefined
  calls?: number | string | undefined
  runs?: number | string | undefined
  /** By the name of the meter. */
  meters?: Readonly<Record<string, number | string>> | undefined
}

/** Who asks, and for how much. Who caused it comes from the request or job, unless said. */
export interface AdmitOptions extends Amounts, Attribution {}

/** What was set aside. */
export interface Admitted {
  /** Budgets that are nearly used up, and to what percent. */
  readonly warnings: readonly { budget: string; percent: number }[]
  /** It has come to so much; what is not said has come to what was asked for. Only the first word counts. */
  settle(actual?: Amounts): void
  /** It has come to nothing. */
  release(): void
}

/**
 * Sets amounts aside in every budget that they concern, or in none.
 *
 * @throws {BudgetExceededError} where a budget has no room for them
 *
 * @example
 * ```ts
 * const admitted = await admit({ tenant: 'acme', meters: { voice_minute: 30 } })
 * const minutes = await transcribe(file)
 * admitted.settle({ meters: { voice_minute: minutes } })
 * ```
 */
export async function admit(options: AdmitOptions): Promise<Admitted> {
  const { meter, scope } = current()
  if (!meter?.quota) return NOTHING
  const attributes = meter.attributes(scope?.request, attributionOf(options, scope?.attribution))
  const asked = amountsOf(options)
  const verdict = meter.quota.admit(attributes, asked)
  const said = verdict instanceof Promise ? await verdict : verdict
  if (said instanceof BudgetExceededError) throw said
  return new AdmittedTicket(said)
}

const NOTHING: Admitted = { warnings: [], settle() {}, release() {} }

class AdmittedTicket implements Admitted {
  readonly #ticket: Ticket
  readonly settle: Admitted['settle']
  readonly release: Admitted['release']

  constructor(ticket: Ticket) {
    this.#ticket = ticket
    // they may be taken out of the object
    this.settle = (actual) => {
      if (actual === undefined) return ticket.settle(asHeld)
      const real = amountsOf(actual)
      ticket.settle((definition, held) => real(definition) ?? held)
    }
    this.release = () => ticket.release()
  }

  get warnings(): Admitted['warnings'] {
    return this.#ticket.warnings().map(({ account, percent }) => ({ budget: account.definition.id, percent }))
  }
}

const asHeld = (_definition: BudgetDefinition, held: bigint): bigint => held

/** Amounts by what a budget counts; an amount that is no decimal of 0 or more is refused where it is asked for. */
function amountsOf(amounts: Amounts): (definition: BudgetDefinition) => bigint | undefined {
  // Most budgets count in one unit: what was read for one holds for the next.
  let last: number | string | undefined
  let read: bigint | undefined
  return ({ unit, meter = '' }) => {
    const value = unit === 'meter' ? meterOf(amounts, meter) : amounts[unit]
    if (value === undefined) return undefined
    if (read === undefined || value !== last) {
      read = readAmount(value, meter || unit)
      last = value
    }
    return read
  }
}

function meterOf({ meters }: Amounts, name: string): number | string | undefined {
  return meters && Object.hasOwn(meters, name) ? meters[name] : undefined
}

function readAmount(value: number | string, what: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value) * ONE
  const short = typeof value === 'string' ? parseShort(value) : undefined
  if (short !== undefined) return short
  const text = decimalText(value)
  if (text === undefined) throw new Error(`cannot admit ${value} ${what}: it is no decimal of 0 or more`)
  return parseAmount(text)
}

/** What is said here goes before what the request or job says. */
function attributionOf(said: AdmitOptions, outer: Attribution | undefined): Attribution {
  return {
    tenant: said.tenant ?? outer?.tenant,
    user: said.user ?? outer?.user,
    key: said.key ?? outer?.key,
    agent: said.agent ?? outer?.agent,
    conversation: said.conversation ?? outer?.conversation,
    feature: said.feature ?? outer?.feature,
    run: said.run ?? outer?.run,
  }
}
