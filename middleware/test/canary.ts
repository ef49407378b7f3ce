/**
 * A secret, put wherever people's words, keys and names are: in requests, answers and errors of every provider.
 *
 * Invariant: what decides about usage, model and price is left as it is, so that the call is metered in full.
 */

/** Nothing else contains it; of plain letters, so that no escaping hides it. */
export const SECRET = 'CanaryZxq7Secret'
/** Whom calls are attributed to: must not reach a provider. */
export const WHOM = 'AttributionZxq7Tenant'

/** Keys whose texts are the protocol's own words, names of models, or ids. */
const PROTOCOL = new Set(
  `model modelVersion type role object id finish_reason stop_reason finishReason stopReason status service_tier tier
   code modality event provider event_type generation_id response_id responseId task_type traffic_type trafficType
   created created_at outputFormat format size quality response_format encoding_format input_type embedding_types
   speed inference_geo done_reason speech_model speech_models model_id modelId model_name version err_code
   tag name index_name request_id requestId error_code title_code response_model engine transcription_id reason canonicalSlug generationId unified researchId
   conversation_id event_type responsesFile modelArn`.split(/\s+/),
)

/** Puts the secret into every text of a value that is not the protocol's own. */
export function spike(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return PROTOCOL.has(key) ? value : `${value} ${SECRET}`
  if (Array.isArray(value)) return value.map((item) => spike(item, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, spike(item, name)]))
}

/** Spikes an answer as it goes over the wire: a JSON body, or each line or event of a stream. */
export function spikeAnswer(answer: Uint8Array, streamed: boolean): string {
  const text = Buffer.from(answer).toString()
  if (!streamed) return spikeJson(text)
  return text.replace(/^((?:data: ?)?)([{[].*)$/gm, (_line, prefix, json) => prefix + spikeJson(json))
}

export function spikeJson(text: string): string {
  try {
    return JSON.stringify(spike(JSON.parse(text)))
  } catch {
    return text
  }
}
