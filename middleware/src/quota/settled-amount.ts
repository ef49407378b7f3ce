/**
 * What a call that has ended counts in a budget, by what its span says.
 *
 * Invariant: what is billed is what counts: a call without a price counts nothing in USD, as it does everywhere, and a
 * call that may be billed although nothing is known of it counts what was set aside for its request.
 */
import type { Attributes } from '@opentelemetry/api'
import { decimalText } from '../providers/fields.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { ONE, parseAmount } from './amount.ts'
import type { BudgetDefinition } from './protocol.ts'

/** @param held what was set aside @param failed the call was refused, or no call was made */
export function settledAmount(
  definition: BudgetDefinition,
  attributes: Attributes,
  held: bigint,
  failed: boolean,
): bigint {
  switch (definition.unit) {
    case 'usd':
      return costOf(attributes) ?? unknown(attributes, held)
    case 'credits': {
      const cost = costOf(attributes)
      if (cost === undefined) return unknown(attributes, held)
      return (cost * parseAmount(definition.creditsPerUsd ?? '0')) / ONE
    }
    case 'tokens':
      return tokensOf(attributes) ?? unknown(attributes, held)
    case 'calls':
      return failed ? 0n : ONE
    case 'meter':
      return meteredOf(attributes, definition.meter)
    default:
      return 0n
  }
}

/** A call that was given up after it was sent, or whose answer says nothing: the provider may bill it. */
function unknown(attributes: Attributes, held: bigint): bigint {
  return attributes[ATTR.unpricedReason] === 'missing_usage' ? held : 0n
}

/** USD, where it is known. */
function costOf(attributes: Attributes): bigint | undefined {
  const exact = attributes[ATTR.costExact]
  const currency = attributes[ATTR.costCurrency] ?? 'USD'
  return typeof exact === 'string' && currency === 'USD' ? parseAmount(exact) : undefined
}

function tokensOf(attributes: Attributes): bigint | undefined {
  const input = attributes[ATTR.inputTokens]
  const output = attributes[ATTR.outputTokens]
  if (typeof input !== 'number' && typeof output !== 'number') return undefined
  return BigInt(Number(input ?? 0) + Number(output ?? 0)) * ONE
}

function meteredOf(attributes: Attributes, meter: string | undefined): bigint {
  if (attributes[ATTR.meterName] !== meter || attributes[ATTR.meterKind] === 'level') return 0n
  const text = decimalText(attributes[ATTR.meterQuantity])
  return text === undefined ? 0n : parseAmount(text)
}
