/**
 * What OpenAI's API makes in the background: batches in tokens at the batch tier, videos by the second.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/batch and `/videos`. A `POST` begins a job, a `GET`
 * of its id says how it is; the first one that says that it has ended is counted.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, decimalText, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'
import { ERROR_PATHS, readError } from './errors.ts'
import { metered } from './metered.ts'
import { responsesUsage } from './openai-responses.ts'

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled'])

function pair(path: string, endpoint: Omit<Endpoint, 'path'>): Endpoint[] {
  const { request: _asked, ...answer } = endpoint
  return [
    { ...endpoint, path },
    { ...answer, path: `${path}/{id}`, method: 'GET', poll: true },
  ]
}

function readJob(body: JsonObject, facts: CallFacts): string | undefined {
  const id = textAt(body, 'id')
  const status = textAt(body, 'status')
  assign(facts, { responseId: id, responseModel: textAt(body, 'model') })
  if (id === undefined || status === undefined) {
    readError(body, facts)
    return undefined
  }
  facts.job = { id, done: ENDED.has(status) }
  return status
}

/**
 * Batches; whatever of one was done before it was cancelled or expired is billed. How large its requests were is not
 * said: prices by size do not apply.
 *
 * @param path where it is not `/v1/batches`
 */
export function batches(path: string = '/v1/batches'): Endpoint[] {
  return pair(path, {
    operation: 'batch',
    paths: ['id', 'status', 'model', 'usage', ...ERROR_PATHS],
    read(body, facts) {
      const status = readJob(body, facts)
      if (status === undefined) return
      facts.modifiers = ['service_tier:batch']
      const usage = responsesUsage(objectAt(body, 'usage'))
      if (usage) {
        facts.usage = usage
        facts.shares = [{ usage, largest: 0 }]
      }
      if (status === 'failed' || status === 'expired') facts.error = `batch_${status}`
    },
  })
}

/**
 * Videos, by the seconds that were asked for, or as billed where the answer says so.
 *
 * @param path where it is not `/v1/videos`
 */
export function videos(path: string = '/v1/videos'): Endpoint[] {
  return pair(path, {
    operation: 'video_generation',
    attributes: { [ATTR.outputType]: 'video' },
    paths: ['id', 'status', 'model', 'seconds', 'size', 'outputs.cost', ...ERROR_PATHS],
    read(body, facts) {
      const status = readJob(body, facts)
      if (status === 'failed') facts.error = 'video_failed'
      else assign(facts, { meter: metered('video_generation', body.seconds, 'second') })
      assign(facts, { cost: decimalText(objectAt(body, 'outputs')?.cost) })
    },
  })
}
