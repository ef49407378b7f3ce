/**
 * What a provider's own remarks on a call (service tier, speed, region) do to the list price.
 *
 * Invariant: a remark that is not in this table makes the call unpriced: never list price by accident.
 * The table holds only what the provider publishes as one factor for all of its models.
 */

/** A factor as a fraction, because money is not multiplied by binary fractions. */
export interface Factor {
  times: number
  over: number
}

/** No change. */
export const LIST: Factor = { times: 1, over: 1 }
const HALF: Factor = { times: 1, over: 2 }

/** Provider in the price book → `kind:value` as the provider's plugin reports it → factor. */
const MODIFIERS: Readonly<Record<string, Readonly<Record<string, Factor>>>> = {
  // https://platform.openai.com/docs/pricing: flex costs what batch costs, half the standard price. Priority is
  // priced per model, scale is prepaid: both stay unpriced here.
  openai: {
    'service_tier:auto': LIST,
    'service_tier:default': LIST,
    'service_tier:standard': LIST,
    'service_tier:flex': HALF,
    'service_tier:batch': HALF,
  },
  // https://platform.claude.com/docs/en/about-claude/pricing: batch is half price, inference kept in the US
  // costs 1.1 times. Priority is a prepaid commitment and fast mode is priced per model: both stay unpriced.
  anthropic: {
    'service_tier:standard': LIST,
    'service_tier:batch': HALF,
    'speed:standard': LIST,
    'inference_geo:us': { times: 11, over: 10 },
  },
  // https://ai.google.dev/gemini-api/docs/optimization: flex and batch are half price. Priority is priced per model and
  // provisioned throughput is prepaid: both stay unpriced.
  google: {
    'service_tier:batch': HALF,
    'service_tier:flex': HALF,
    'traffic_type:on_demand': LIST,
    'traffic_type:on_demand_flex': HALF,
  },
  // https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch: half of what standard deployments cost.
  azure: {
    'service_tier:batch': HALF,
  },
  // https://docs.mistral.ai/capabilities/batch: half the price of the same calls.
  mistral: {
    'service_tier:batch': HALF,
  },
  // https://console.groq.com/docs/service-tiers: flex costs what on demand costs; performance is by contract.
  groq: {
    'service_tier:flex': LIST,
  },
}

/** Says nothing but list price, whoever passes it on. */
const NEUTRAL = new Set([
  'inference_geo:global',
  'inference_geo:not_available',
  'service_tier:auto',
  'service_tier:default',
  'service_tier:on_demand',
  'service_tier:standard',
  'speed:standard',
])

/** The product of all factors, or `undefined` where one of the remarks has no known price. */
export function modifierFactor(
  provider: string,
  modifiers: readonly string[] | undefined,
): Factor | undefined {
  let factor = LIST
  for (const modifier of modifiers ?? []) {
    const next = MODIFIERS[provider]?.[modifier] ?? (NEUTRAL.has(modifier) ? LIST : undefined)
    if (!next) return undefined
    if (next !== LIST) factor = { times: factor.times * next.times, over: factor.over * next.over }
  }
  return factor
}
