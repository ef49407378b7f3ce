/**
 * An object for what the end of a call says, that has all of its names from the start.
 *
 * Invariant: nothing is recorded of a name that is still `undefined`. Objects that get some thirty names one by one
 * become hash tables, which costs more than everything else that is done with them; copies of one object that has
 * them all stay as quick as the fields of a class.
 */
import type { Attributes } from '@opentelemetry/api'
import { ATTR } from './attributes.ts'

const names: readonly string[] = [
  ATTR.operation,
  ATTR.requestModel,
  ATTR.requestStream,
  ATTR.responseModel,
  ATTR.responseId,
  ATTR.requestId,
  ATTR.finishReasons,
  ATTR.timeToFirstChunk,
  ATTR.httpStatusCode,
  ATTR.errorType,
  ATTR.rateLimitRemaining,
  ATTR.serviceTier,
  ATTR.openaiResponseServiceTier,
  ATTR.usageSource,
  ATTR.inputTokens,
  ATTR.outputTokens,
  ATTR.cacheReadTokens,
  ATTR.cacheWriteTokens,
  ATTR.cacheWrite5mTokens,
  ATTR.cacheWrite1hTokens,
  ATTR.reasoningTokens,
  ATTR.audioInputTokens,
  ATTR.audioOutputTokens,
  ATTR.imageInputTokens,
  ATTR.imageOutputTokens,
  ATTR.meterName,
  ATTR.meterQuantity,
  ATTR.meterUnit,
  ATTR.moreMeters,
  ATTR.priceVersion,
  ATTR.unpricedReason,
  ATTR.costExact,
  ATTR.costAmount,
  ATTR.costMirror,
  ATTR.costCurrency,
  ATTR.costSource,
  ATTR.budgetDecision,
  ATTR.budgetId,
  ATTR.budgetReason,
  ATTR.budgetDecisionId,
  ATTR.budgetMaxOutput,
]
/** Parsed, because that gives the object one shape at once. */
const BLANK: Attributes = JSON.parse(`{${names.map((name) => `"${name}":null`).join()}}`)
for (const name of names) BLANK[name] = undefined

/** Attributes without values. */
export function blankAttributes(): Attributes {
  return { ...BLANK }
}

/** What a span says: what was known at its start, but for what is known better at its end. */
export function withStart(start: Attributes, end: Attributes): Attributes {
  const all: Attributes = { ...start }
  for (const name in end) if (end[name] !== undefined) all[name] = end[name]
  return all
}

/** Adds to what is there: merging objects into a new one costs several times as much. @returns `to` */
export function addAttributes(from: Attributes | undefined, to: Attributes): Attributes {
  for (const name in from) to[name] = from[name]
  return to
}
