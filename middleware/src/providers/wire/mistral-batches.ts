/**
 * Mistral's batches: many requests at half price, with a usage of their own each in the file of results.
 *
 * Wire format: https://docs.mistral.ai/api/endpoint/batch. A job that has ended names its output file, and only that,
 * JSON lines, says what the requests used.
 */
import { assign, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'
import { ERROR_PATHS, readError } from './errors.ts'
import { chatUsage } from './openai-chat.ts'
import { addShare } from './shares.ts'

const PATH = '/v1/batch/jobs'
const FRUITLESS: ReadonlySet<string> = new Set(['FAILED', 'TIMEOUT_EXCEEDED', 'CANCELLED'])

function readBatch(body: JsonObject, facts: CallFacts): void {
  const id = textAt(body, 'id')
  const status = textAt(body, 'status')
  if (id === undefined || status === undefined) {
    readError(body, facts)
    return
  }
  const file = textAt(body, 'output_file')
  const over = FRUITLESS.has(status) && file === undefined
  assign(facts, { responseId: id, responseModel: textAt(body, 'model') })
  facts.job = { id, done: over }
  if (file !== undefined) facts.job.continuesAs = file
  if (over) facts.error = `batch_${status.toLowerCase()}`
}

function readResult(line: JsonObject, facts: CallFacts): void {
  const body = objectAt(objectAt(line, 'response'), 'body')
  const usage = chatUsage(objectAt(body, 'usage'))
  if (!usage) return
  const model = textAt(body, 'model')
  assign(facts, { responseModel: facts.responseModel ?? model })
  facts.serviceTier = 'batch'
  addShare(facts, { model, usage, modifiers: ['service_tier:batch'] })
}

/** Batches, and the files that have their results. */
export function batchJobs(): Endpoint[] {
  const paths = ['id', 'status', 'model', 'output_file', ...ERROR_PATHS]
  const batch: Endpoint = { path: PATH, operation: 'batch', paths, read: readBatch }
  const poll = { method: 'GET', poll: true } as const
  return [
    batch,
    { ...batch, ...poll, path: `${PATH}/{id}` },
    {
      ...poll,
      path: '/v1/files/{job}/content',
      operation: 'batch',
      paths,
      read: readError,
      stream: {
        lines: true,
        endsUnmarked: true,
        matters: (_event, data) => data.includes('"usage"'),
        textLength: () => 0,
        paths: ['response.body.model', 'response.body.usage'],
        read: readResult,
      },
    },
  ]
}
