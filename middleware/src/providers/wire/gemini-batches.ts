/**
 * Gemini's batches: many requests at half price, with a usage of their own each, in the batch or in a file of results.
 *
 * Wire format: https://ai.google.dev/gemini-api/docs/batch-api. A batch is an operation (`batches/…`) that is asked for
 * until it is `done`; then `response` has the answers themselves or names the file, JSON lines, that has them.
 */
import { assign, listAt, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'
import { readError } from './errors.ts'
import { readGenerated } from './gemini.ts'
import { addShare } from './shares.ts'

const MODIFIERS = ['service_tier:batch']
const INLINED = 'inlinedResponses.inlinedResponses[].response'
const PATHS = [
  'name',
  'done',
  'error',
  'metadata.model',
  'metadata.state',
  'response.responsesFile',
  `response.${INLINED}.usageMetadata`,
  `response.${INLINED}.modelVersion`,
]

const tail = (name: string | undefined) => name?.split('/').at(-1)

/** One answer of a batch. */
function readAnswer(answer: JsonObject | undefined, facts: CallFacts): void {
  const said: CallFacts = {}
  if (answer) readGenerated(answer, said)
  if (!said.usage) return
  facts.serviceTier = 'batch'
  addShare(facts, { model: said.responseModel, usage: said.usage, modifiers: MODIFIERS })
}

function readBatch(body: JsonObject, facts: CallFacts): void {
  const id = tail(textAt(body, 'name'))
  const failed = objectAt(body, 'error')
  if (failed) {
    readError(body, facts)
    assign(facts, { error: textAt(failed, 'status') })
  }
  if (id === undefined) return
  const metadata = objectAt(body, 'metadata')
  const response = objectAt(body, 'response')
  const file = tail(textAt(response, 'responsesFile'))
  assign(facts, { responseId: id, responseModel: tail(textAt(metadata, 'model')) })
  facts.job = { id, done: body.done === true && file === undefined }
  if (file !== undefined) facts.job.continuesAs = `${file}:download`
  if (!facts.job.done) return
  const state = textAt(metadata, 'state')?.replace(/^(?:BATCH|JOB)_STATE_/, '')
  if (state !== undefined && state !== 'SUCCEEDED') facts.error = `batch_${state.toLowerCase()}`
  // More answers than are kept of a body: their sum would be too small.
  if (body['#cut'] === true) return
  for (const one of listAt(objectAt(response, 'inlinedResponses'), 'inlinedResponses')) {
    readAnswer(objectAt(one, 'response'), facts)
  }
}

/** Batches, and the files that have their results. */
export function generateBatches(): Endpoint[] {
  const batch = { operation: 'batch', paths: PATHS, read: readBatch }
  const poll = { method: 'GET', poll: true } as const
  return [
    { ...batch, path: '/models/{model}:batchGenerateContent' },
    { ...batch, path: '/models/{model}:asyncBatchEmbedContent' },
    { ...batch, ...poll, path: '/batches/{id}' },
    {
      ...poll,
      path: '/files/{job}',
      operation: 'batch',
      paths: ['error'],
      read: readError,
      stream: {
        lines: true,
        endsUnmarked: true,
        matters: (_event, data) => data.includes('"usageMetadata"'),
        textLength: () => 0,
        paths: ['response.usageMetadata', 'response.modelVersion'],
        read: (line, facts) => readAnswer(objectAt(line, 'response'), facts),
      },
    },
  ]
}
