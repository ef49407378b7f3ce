/**
 * What is recorded of a call that a budget refused: it was never made.
 *
 * Invariant: nothing was used, and nothing of it is priced.
 */
import type { Attributes } from '@opentelemetry/api'
import type { CallGate } from '../quota/call-gate.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { addAttributes } from '../telemetry/call-attributes.ts'
import type { Settlement } from './settle.ts'

/** Its operation, instead of what it was to be. */
export const REFUSE = 'refuse_call'
const NOTHING_USED = { [ATTR.usageSource]: 'missing', [ATTR.unpricedReason]: 'failed' }

/** What its own span says. @param code why, as the refusal has it */
export function refusalAttributes(gate: CallGate | undefined, code: string): Attributes {
  return addAttributes(gate?.attributes(), { [ATTR.operation]: REFUSE, [ATTR.errorType]: code })
}

/** Where the span is the SDK's, it says what it was to be; then this says that it was nothing. */
export function refusedInside(attributes: Attributes, code: string): Settlement {
  return { attributes: { ...attributes, ...NOTHING_USED }, error: code }
}
