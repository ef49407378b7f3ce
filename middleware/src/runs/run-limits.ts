/**
 * Budgets of runs: one is set aside when a run begins, and counts by how it ends.
 *
 * Invariant: runs that begin at the same time cannot all pass where there is room for one.
 */
import type { Attributes } from '@opentelemetry/api'
import { reportFailure } from '../capture/report.ts'
import type { Meter } from '../meter.ts'
import { ONE } from '../quota/amount.ts'
import type { BudgetDefinition } from '../quota/protocol.ts'
import { BudgetExceededError } from '../quota/refusal.ts'
import type { Ticket } from '../quota/ticket.ts'
import { ATTR, type RunStatus } from '../telemetry/attributes.ts'

/** A run's part in the budgets; without a ticket nobody asked before it began. */
export interface RunLimits {
  meter: Meter
  attributes: Attributes
  ticket?: Ticket | undefined
}

/**
 * Asks whether a run may begin.
 *
 * @throws {BudgetExceededError} where a budget of runs has no room
 */
export async function admitRun(meter: Meter, attributes: Attributes): Promise<RunLimits | undefined> {
  if (!meter.quota) return undefined
  const verdict = await meter.quota.admit(attributes, oneRun(attributes))
  if (verdict instanceof BudgetExceededError) throw verdict
  return { meter, attributes, ticket: verdict }
}

/** A run has ended. */
export function settleRun({ meter, attributes, ticket }: RunLimits, status: RunStatus): void {
  try {
    const counted = ({ countIf }: BudgetDefinition) =>
      countIf === undefined || status === countIf ? ONE : 0n
    if (ticket) {
      ticket.settle(counted)
      return
    }
    const one = oneRun(attributes)
    meter.quota?.charge(attributes, (definition) => {
      return one(definition) === undefined || counted(definition) === 0n ? undefined : ONE
    })
  } catch (error) {
    reportFailure('settle a run', error)
  }
}

function oneRun(attributes: Attributes): (definition: BudgetDefinition) => bigint | undefined {
  const kind = attributes[ATTR.runKind]
  return ({ unit, excludeKinds }) => {
    if (unit !== 'runs' || (typeof kind === 'string' && excludeKinds?.includes(kind))) return undefined
    return ONE
  }
}
