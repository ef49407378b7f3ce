/**
 * `admit()`: asks the budgets before something is done that no metered call shows, or before a job begins.
 *
 * Invariant: what is admitted is set aside until it is settled, so that others cannot use it meanwhile.
 */
import type { Attribution } from '../attribution.ts'
import { current } from '../install.ts'
import { decimalText } from '../providers/fields.ts'
import { ONE, parseAmount } from './amount.ts'
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
  const attributes = meter.attributes(scope?.request, { ...scope?.attribution, ...attributionOf(options) })
  const asked = amountsOf(options)
  const verdict = meter.quota.admit(attributes, asked)
  const said = verdict instanceof Promise ? await verdict : verdict
  if (said instanceof BudgetExceededError) throw said
  return admitted(said)
}

const NOTHING: Admitted = { warnings: [], settle() {}, release() {} }

function admitted(ticket: Ticket): Admitted {
  return {
    get warnings() {
      return ticket.warnings().map(({ account, percent }) => ({ budget: account.definition.id, percent }))
    },
    settle(actual = {}) {
      const real = amountsOf(actual)
      ticket.settle((definition, held) => real(definition) ?? held)
    },
    release: () => ticket.release(),
  }
}

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

const PLAIN = /^\d{1,15}(?:\.\d{1,12})?$/

function readAmount(value: number | string, what: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value) * ONE
  if (typeof value === 'string' && PLAIN.test(value)) return parseAmount(value)
  const text = decimalText(value)
  if (text === undefined) throw new Error(`cannot admit ${value} ${what}: it is no decimal of 0 or more`)
  return parseAmount(text)
}

function attributionOf({ tenant, user, key, agent, conversation, feature, run }: AdmitOptions): Attribution {
  const own: Attribution = {}
  if (tenant !== undefined) own.tenant = tenant
  if (user !== undefined) own.user = user
  if (key !== undefined) own.key = key
  if (agent !== undefined) own.agent = agent
  if (conversation !== undefined) own.conversation = conversation
  if (feature !== undefined) own.feature = feature
  if (run !== undefined) own.run = run
  return own
}
