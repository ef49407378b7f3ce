/**
 * Anthropic's message batches: many messages at half price, each with a usage of its own in the file of results.
 *
 * Wire format: https://platform.claude.com/docs/en/api/creating-message-batches. A batch that has ended says how many
 * of its requests succeeded, and only `/results`, JSON lines, what they used.
 */
import { assign, countAt, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'
import { readMessage } from './anthropic-messages.ts'
import { readError } from './errors.ts'
import { addShare } from './shares.ts'

const PATH = '/v1/messages/batches'
const PATHS = ['id', 'type', 'processing_status', 'request_counts', 'error']

/** A batch of which nothing succeeded has ended for good: its results say no usage. */
function readBatch(body: JsonObject, facts: CallFacts): void {
  const id = textAt(body, 'id')
  if (id === undefined || body.type === 'error') {
    readError(body, facts)
    return
  }
  const counts = objectAt(body, 'request_counts')
  const fruitless = body.processing_status === 'ended' && countAt(counts, 'succeeded') === 0
  facts.responseId = id
  facts.job = { id, done: fruitless }
  if (!fruitless) return
  const reason = ['errored', 'expired', 'canceled'].find((name) => countAt(counts, name))
  facts.error = `batch_${reason ?? 'ended'}`
}

/** A line of the results. */
function readResult(line: JsonObject, facts: CallFacts): void {
  const message = objectAt(objectAt(line, 'result'), 'message')
  if (!message) return
  const said: CallFacts = {}
  readMessage(message, said)
  assign(facts, { responseId: facts.job?.id, responseModel: facts.responseModel ?? said.responseModel })
  const other = said.modifiers?.filter((modifier) => !modifier.startsWith('service_tier:')) ?? []
  const modifiers = ['service_tier:batch', ...other]
  facts.serviceTier = 'batch'
  if (said.usage) addShare(facts, { model: said.responseModel, usage: said.usage, modifiers })
}

/** Batches of messages. */
export function messageBatches(): Endpoint[] {
  const batch: Endpoint = { path: PATH, operation: 'batch', paths: PATHS, read: readBatch }
  return [
    batch,
    { ...batch, path: `${PATH}/{id}`, method: 'GET', poll: true },
    {
      path: `${PATH}/{job}/results`,
      method: 'GET',
      poll: true,
      operation: 'batch',
      paths: PATHS,
      read: readError,
      stream: {
        lines: true,
        endsUnmarked: true,
        matters: () => true,
        textLength: () => 0,
        paths: ['result.message.type', 'result.message.model', 'result.message.usage'],
        read: readResult,
      },
    },
  ]
}
