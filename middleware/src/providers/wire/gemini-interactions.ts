/**
 * Google's Interactions API: a turn of a conversation that the server keeps, whole, streamed, or in the background.
 *
 * Wire format: https://ai.google.dev/gemini-api/docs/interactions. `total_input_tokens` includes what was cached;
 * thoughts and what tools read are beside output and input. Of an interaction in the background the first `GET` that
 * says that it is over is counted.
 */
import { assign, countAt, listAt, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Metered, Usage } from '../provider.ts'
import { readError } from './errors.ts'

const OVER: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'cancelled',
  'incomplete',
  'requires_action',
])

function ofModality(raw: JsonObject, key: string, modality: string): number {
  return listAt(raw, key)
    .filter((one) => textAt(one, 'modality')?.toLowerCase() === modality)
    .reduce<number>((sum, one) => sum + (countAt(one, 'tokens') ?? countAt(one, 'token_count') ?? 0), 0)
}

function usageOf(raw: JsonObject | undefined): Usage | undefined {
  const input = countAt(raw, 'total_input_tokens')
  if (!raw || input === undefined) return undefined
  const thoughts = countAt(raw, 'total_thought_tokens')
  const usage: Usage = {
    input: input + (countAt(raw, 'total_tool_use_tokens') ?? 0),
    output: (countAt(raw, 'total_output_tokens') ?? 0) + (thoughts ?? 0),
  }
  const uncached = (modality: string) =>
    Math.max(
      0,
      ofModality(raw, 'input_tokens_by_modality', modality) +
        ofModality(raw, 'tool_use_tokens_by_modality', modality) -
        ofModality(raw, 'cached_tokens_by_modality', modality),
    ) || undefined
  assign(usage, {
    cacheRead: countAt(raw, 'total_cached_tokens'),
    cacheReadAudio: ofModality(raw, 'cached_tokens_by_modality', 'audio') || undefined,
    reasoning: thoughts,
    audioInput: uncached('audio'),
    imageInput: uncached('image'),
    audioOutput: ofModality(raw, 'output_tokens_by_modality', 'audio') || undefined,
    imageOutput: ofModality(raw, 'output_tokens_by_modality', 'image') || undefined,
  })
  return usage
}

/** Searches and maps that the model looked at; they have no price in the book. */
function readGrounding(raw: JsonObject | undefined, facts: CallFacts): void {
  const tools = listAt(raw, 'grounding_tool_count').flatMap((one): Metered[] => {
    const quantity = countAt(one, 'count')
    const name = textAt(one, 'type')
    return quantity && name ? [{ name, quantity, unit: 'request' }] : []
  })
  if (tools.length > 0) facts.moreMeters = tools
}

function read(body: JsonObject, facts: CallFacts): void {
  readError(body, facts)
  const status = textAt(body, 'status')
  const id = textAt(body, 'id')
  const raw = objectAt(body, 'usage')
  assign(facts, {
    responseId: id,
    responseModel: textAt(body, 'model'),
    usage: usageOf(raw),
    finishReasons: status !== undefined && OVER.has(status) ? [status] : undefined,
  })
  readGrounding(raw, facts)
  if (status === 'failed') facts.error ??= '_OTHER'
  if (id !== undefined && status !== undefined) {
    if (facts.job) facts.job.done = OVER.has(status)
    else if (!OVER.has(status) && !facts.usage) facts.job = { id, done: false }
  }
}

const PATHS = ['id', 'model', 'status', 'usage', 'error']

/** Interactions, and asking for them. */
export function interactions(): Endpoint[] {
  const made: Endpoint = {
    path: '/interactions',
    operation: 'chat',
    paths: PATHS,
    read,
    stream: {
      paths: ['event_type', 'error', ...PATHS.map((path) => `interaction.${path}`)],
      matters: (_event, data) => /"interaction\.(?:created|completed)"|"error"/.test(data),
      textLength: () => 0,
      read(event, facts) {
        const interaction = objectAt(event, 'interaction')
        if (interaction) read(interaction, facts)
        else readError(event, facts)
        if (event.event_type !== 'interaction.completed') return
        facts.complete = true
        delete facts.job
      },
    },
  }
  const { stream: _stream, ...whole } = made
  return [made, { ...whole, path: '/interactions/{job}', method: 'GET', poll: 'begun' }]
}
