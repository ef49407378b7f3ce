/**
 * Speech to text as OpenAI's API does it: usage in tokens, or in seconds of audio.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/audio. `usage.type` is `tokens` or `duration`; a
 * stream carries it in its last event.
 *
 * Invariant: seconds are a meter and never become tokens.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Usage } from '../provider.ts'
import { ERROR_PATHS, readError } from './errors.ts'

function readUsage(raw: JsonObject | undefined, facts: CallFacts): void {
  const input = countAt(raw, 'input_tokens')
  if (input !== undefined) {
    const usage: Usage = { input, output: countAt(raw, 'output_tokens') ?? 0 }
    const details = objectAt(raw, 'input_token_details') ?? objectAt(raw, 'input_tokens_details')
    assign(usage, { audioInput: countAt(details, 'audio_tokens') })
    facts.usage = usage
    return
  }
  const seconds = raw?.seconds ?? raw?.prompt_audio_seconds
  if (typeof seconds === 'number' && seconds >= 0) {
    facts.meter = { name: 'transcription', quantity: seconds, unit: 'second' }
  }
}

/**
 * @param path `/audio/transcriptions` or `/audio/translations`
 * @param also takes more from a usage object (cost)
 */
export function transcription(path: string, also?: (raw: JsonObject, facts: CallFacts) => void): Endpoint {
  function read(body: JsonObject, facts: CallFacts): void {
    readError(body, facts)
    const raw = objectAt(body, 'usage')
    if (raw) also?.(raw, facts)
    assign(facts, { responseModel: textAt(body, 'model'), responseId: textAt(body, 'id') })
    readUsage(raw, facts)
    const { duration } = body
    if (!facts.usage && !facts.meter && typeof duration === 'number' && duration >= 0) {
      facts.meter = { name: 'transcription', quantity: duration, unit: 'second' }
    }
  }
  return {
    path,
    operation: 'transcription',
    attributes: { [ATTR.outputType]: 'text' },
    paths: ['model', 'id', 'usage', 'duration', ...ERROR_PATHS],
    read,
    stream: {
      paths: ['type', 'usage', 'error'],
      terminator: '[DONE]',
      matters: (_event, data) => data.includes('"transcript.text.done"') || data.includes('"error"'),
      textLength: (_event, data) => quotedLength(data, 'delta'),
      read(event, facts) {
        readError(event, facts)
        readUsage(objectAt(event, 'usage'), facts)
        if (event.type === 'transcript.text.done') facts.complete = true
      },
    },
  }
}
