/**
 * What a call comes to: usage, its source, cost or the reason for none, and the error, as span attributes.
 *
 * Invariant: pure. Cost and reason exclude each other, and an unknown amount is never 0.
 */
import type { Attributes } from '@opentelemetry/api'
import { formatCost, parseDecimal } from '../pricing/decimal.ts'
import { type RateInput, type Rating, rate } from '../pricing/rate.ts'
import { bookPrice, costOf } from '../pricing/rate-meter.ts'
import type { FindUnitPrice } from '../pricing/unit-prices.ts'
import type { Usage } from '../pricing/usage.ts'
import { addDecimals, decimalText } from '../providers/fields.ts'
import type { CallFacts, Metered, Provider, Share } from '../providers/provider.ts'
import { ATTR, type UnpricedReason, type UsageSource } from '../telemetry/attributes.ts'

/** How a call ended, apart from what the provider said. */
export interface CallEnd {
  /** `done`: the answer was read to its end; `cut`: aborted or broken off; `unread`: nobody read it to the end;
   * `refused`: no answer came at all. */
  outcome: 'done' | 'cut' | 'unread' | 'refused'
  /** Name of the exception that ended it. */
  exception?: string | undefined
  /** HTTP status; absent where no answer came. */
  status?: number | undefined
  /** Whether the answer was an event stream. */
  streamed: boolean
  /** Characters of generated text that passed by. */
  textLength: number
  /** Characters of the request body. */
  requestLength: number
  requestModel?: string | undefined
  /** When the call was made. */
  at: Date
  /** The call only began a job: its end is what is billed. */
  submitted?: boolean | undefined
  /** Nothing of the call was sent. */
  unsent?: boolean | undefined
  /** Prices that the user stated. */
  unitPrice?: FindUnitPrice | undefined
}

/** The end of a call of which nothing is known yet: it counts as cut. */
export function newEnd(): CallEnd {
  return {
    outcome: 'cut',
    exception: undefined,
    status: undefined,
    streamed: false,
    textLength: 0,
    requestLength: 0,
    requestModel: undefined,
    at: NEVER,
    submitted: false,
    unsent: false,
    unitPrice: undefined,
  }
}

export interface Settlement {
  attributes: Attributes
  /** `error.type`, where the call failed. */
  error: string | undefined
}

const NEVER = new Date(0)
/** Version of prices that the user stated in the options. */
const STATED = 'options'

/** Rough characters per token, for calls whose provider reports no usage. */
const CHARACTERS_PER_TOKEN = 4

/** @param attributes is what the settlement's attributes are added to */
export function settle(
  provider: Provider,
  facts: CallFacts,
  end: CallEnd,
  attributes: Attributes = {},
): Settlement {
  const error = errorType(facts, end)
  if (end.submitted) {
    set(attributes, ATTR.responseId, facts.job?.id)
    if (end.status !== undefined) attributes[ATTR.httpStatusCode] = end.status
    set(attributes, ATTR.errorType, error)
    return { attributes, error }
  }
  const meter = meterOf(facts, end)
  const { usage, source } = usageOf(facts, meter, end, error)
  attributes[ATTR.usageSource] = source
  if (usage) addUsage(attributes, usage)
  set(attributes, ATTR.responseModel, facts.responseModel)
  set(attributes, ATTR.responseId, facts.responseId)
  if (facts.finishReasons) attributes[ATTR.finishReasons] = facts.finishReasons
  if (facts.serviceTier) {
    attributes[ATTR.serviceTier] = facts.serviceTier
    if (provider.name === 'openai') attributes[ATTR.openaiResponseServiceTier] = facts.serviceTier
  }
  if (end.status !== undefined) attributes[ATTR.httpStatusCode] = end.status
  set(attributes, ATTR.errorType, error)

  if (meter) {
    attributes[ATTR.meterName] = meter.name
    attributes[ATTR.meterQuantity] = Number(meter.quantity)
    attributes[ATTR.meterUnit] = meter.unit
  }
  if (facts.moreMeters?.length) {
    attributes[ATTR.moreMeters] = facts.moreMeters.map(
      ({ name, quantity, unit }) => `${name} ${decimalText(quantity) ?? 0} ${unit}`,
    )
  }
  const billed = billedCost(facts, end, error)
  if (billed !== undefined) return { attributes: priced(attributes, billed, 'provider'), error }
  if (!usage) {
    // What the provider said outweighs how reading ended: an SDK that tries again throws the refusal away unread.
    const refused = facts.error !== undefined || (end.status ?? 0) >= 400
    const failed = refused || (error !== undefined && end.outcome !== 'cut' && !isAbort(end))
    const meterCost = meter && source !== 'missing' ? rateMeter(provider, facts, meter, end) : undefined
    if (meterCost) {
      attributes[ATTR.priceVersion] = meterCost.version
      return { attributes: priced(attributes, meterCost.cost, 'local'), error }
    }
    const reason = failed ? 'failed' : meter ? 'unpriced_usage' : 'missing_usage'
    return { attributes: unpriced(attributes, reason), error }
  }
  const { requestModel } = end
  const named = requestModel === undefined ? undefined : provider.pricedAs?.(requestModel)
  const asked: RateInput = {
    provider: facts.priceBook ?? named?.priceBook ?? provider.priceBook ?? provider.name,
    models: [facts.responseModel, named?.model ?? (provider.deployments ? undefined : requestModel)],
    usage,
    at: end.at,
    ...(facts.modifiers ? { modifiers: facts.modifiers } : {}),
  }
  const rating = facts.shares ? rateShares(asked, facts.shares) : rate(asked)
  if (rating.cost === null) return { attributes: unpriced(attributes, rating.reason), error }
  attributes[ATTR.priceVersion] = rating.priceVersion
  return { attributes: priced(attributes, rating.cost, 'local'), error }
}

/** The sum of what the parts cost; one that has no price leaves the whole without. */
function rateShares(asked: RateInput, shares: readonly Share[]): Rating {
  let sum: Exclude<Rating, { cost: null }> | undefined
  for (const { model, usage, modifiers, largest } of shares) {
    const rating = rate({
      ...asked,
      usage,
      ...(model === undefined ? {} : { models: [model] }),
      ...(modifiers === undefined ? {} : { modifiers }),
      ...(largest === undefined ? {} : { largest }),
    })
    if (rating.cost === null) return rating
    sum = sum ? { ...sum, cost: addDecimals(sum.cost, rating.cost) } : rating
  }
  return sum ?? rate(asked)
}

/** The billed quantity; one that only the request tells is none where the call failed. */
function meterOf(facts: CallFacts, end: CallEnd): Metered | undefined {
  const { meter } = facts
  if (!meter || decimalText(meter.quantity) === undefined) return undefined
  if (meter.from === undefined) return meter
  const failed = facts.error !== undefined || (end.status ?? 0) >= 400
  return failed || (end.outcome === 'refused' && !isAbort(end)) ? undefined : meter
}

/** What a quantity costs: at the user's price, else the plugin's, else the book's. */
function rateMeter(
  provider: Provider,
  facts: CallFacts,
  meter: Metered,
  end: CallEnd,
): { cost: string; version: string } | undefined {
  const models = [facts.responseModel, provider.deployments ? undefined : end.requestModel]
  const model = models.find((name) => name !== undefined)
  const stated =
    end.unitPrice?.(provider.name, model, meter) ??
    (meter.unitPrice === undefined ? undefined : { unitPrice: meter.unitPrice, unit: meter.unit })
  const book = facts.priceBook ?? provider.priceBook ?? provider.name
  const found = stated ? { price: stated, version: STATED } : bookPrice(book, models, meter.unit, end.at)
  const cost = found && costOf(decimalText(meter.quantity) ?? '', meter.unit, found.price)
  return cost === undefined || !found ? undefined : { cost, version: found.version }
}

/** What the provider, or the gateway before it, says that the call costs; once it will not change any more. */
function billedCost(facts: CallFacts, end: CallEnd, error: string | undefined): string | undefined {
  const failed = facts.error !== undefined || (end.status ?? 0) >= 400
  if (facts.fromCache && !failed) return '0'
  const text = isFinal(facts, end) ? decimalText(facts.cost) : undefined
  if (text === undefined) return undefined
  // A refused call that costs nothing is no free call: there was nothing to bill.
  if (error !== undefined && !facts.usage && Number(text) === 0) return undefined
  const { units, scale } = parseDecimal(text)
  return formatCost(units, scale)
}

/** The numbers of the answer are the last ones. */
function isFinal(facts: CallFacts, end: CallEnd): boolean {
  return facts.complete === true || (!end.streamed && end.outcome === 'done')
}

function errorType(facts: CallFacts, end: CallEnd): string | undefined {
  const refused = end.status !== undefined && end.status >= 400 ? String(end.status) : undefined
  if (facts.error !== undefined && facts.error !== '_OTHER') return facts.error
  if (refused ?? facts.error) return refused ?? facts.error
  if (end.outcome === 'refused') return end.exception ?? '_OTHER'
  return end.outcome === 'cut' && !facts.complete ? (end.exception ?? 'AbortError') : undefined
}

/** The provider may have worked, and bill, for a request that was given up while nothing had come back. */
function isAbort(end: CallEnd): boolean {
  return !end.unsent && (end.exception === 'AbortError' || end.exception === 'TimeoutError')
}

function usageOf(
  facts: CallFacts,
  meter: Metered | undefined,
  end: CallEnd,
  error: string | undefined,
): { usage: Usage | undefined; source: UsageSource } {
  const { usage } = facts
  const final = isFinal(facts, end)
  if ((usage || (meter && meter.from === undefined)) && final) return { usage, source: 'provider' }
  if (!usage && meter?.from) {
    return { usage: undefined, source: meter.from === 'call' ? 'provider' : 'estimated' }
  }
  const cut = end.outcome === 'cut' && facts.error === undefined && (end.status ?? 0) < 400
  if ((error !== undefined && !cut) || (!usage && end.textLength === 0)) {
    return { usage: undefined, source: 'missing' }
  }
  // Partial reports count as far as they go: input is what the provider said, output at least what was seen.
  const seen = Math.ceil(end.textLength / CHARACTERS_PER_TOKEN)
  const estimated: Usage = {
    ...usage,
    input: usage?.input ?? Math.ceil(end.requestLength / CHARACTERS_PER_TOKEN),
    output: Math.max(usage?.output ?? 0, seen),
  }
  return { usage: estimated, source: 'estimated' }
}

function addUsage(attributes: Attributes, usage: Usage): void {
  attributes[ATTR.inputTokens] = usage.input
  attributes[ATTR.outputTokens] = usage.output
  set(attributes, ATTR.cacheReadTokens, usage.cacheRead)
  set(attributes, ATTR.cacheWriteTokens, usage.cacheWrite)
  set(attributes, ATTR.cacheWrite5mTokens, usage.cacheWrite5m)
  set(attributes, ATTR.cacheWrite1hTokens, usage.cacheWrite1h)
  set(attributes, ATTR.reasoningTokens, usage.reasoning)
  set(attributes, ATTR.audioInputTokens, usage.audioInput)
  set(attributes, ATTR.audioOutputTokens, usage.audioOutput)
  set(attributes, ATTR.imageInputTokens, usage.imageInput)
  set(attributes, ATTR.imageOutputTokens, usage.imageOutput)
}

function set(attributes: Attributes, name: string, value: string | number | undefined): void {
  if (value !== undefined) attributes[name] = value
}

function priced(attributes: Attributes, cost: string, source: 'provider' | 'local'): Attributes {
  const amount = Number(cost)
  attributes[ATTR.costExact] = cost
  attributes[ATTR.costAmount] = amount
  attributes[ATTR.costMirror] = amount
  attributes[ATTR.costCurrency] = 'USD'
  attributes[ATTR.costSource] = source
  return attributes
}

function unpriced(attributes: Attributes, reason: UnpricedReason): Attributes {
  attributes[ATTR.unpricedReason] = reason
  return attributes
}
