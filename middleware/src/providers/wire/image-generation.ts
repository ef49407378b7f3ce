/**
 * Images as OpenAI's API makes and edits them: usage in tokens where the model counts them.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/images. Models that are billed by the image
 * report no usage; such a call carries the number of images as its meter.
 *
 * Invariant: output without details is all image, because that is what the endpoint makes.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, listAt, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Usage } from '../provider.ts'
import { ERROR_PATHS, readError } from './errors.ts'
import { readCommon } from './openai-chat.ts'

/** Takes more from a usage object (cost). */
export type AlsoFromUsage = (raw: JsonObject, facts: CallFacts) => void

function imageUsage(raw: JsonObject): Usage | undefined {
  const input = countAt(raw, 'input_tokens')
  if (input === undefined) return undefined
  const output = countAt(raw, 'output_tokens') ?? 0
  const details = objectAt(raw, 'output_tokens_details')
  const inputDetails = objectAt(raw, 'input_tokens_details')
  const usage: Usage = { input, output }
  assign(usage, {
    cacheRead: countAt(inputDetails, 'cached_tokens'),
    imageInput: countAt(inputDetails, 'image_tokens'),
    imageOutput: details ? (countAt(details, 'image_tokens') ?? 0) : output,
  })
  return usage
}

/** @param path `/images/generations` or `/images/edits` */
export function images(path: string, also?: AlsoFromUsage): Endpoint {
  function read(body: JsonObject, facts: CallFacts): void {
    readCommon(body, facts)
    readError(body, facts)
    const raw = objectAt(body, 'usage')
    if (raw) {
      assign(facts, { usage: imageUsage(raw) })
      also?.(raw, facts)
    }
    const made = listAt(body, 'data').length || (countAt(body, '#b64_json') ?? 0)
    if (!facts.usage && made > 0) facts.meter = { name: 'image_generation', quantity: made, unit: 'image' }
  }
  const paths = ['model', 'id', 'usage', ...ERROR_PATHS]
  return {
    path,
    operation: 'image_generation',
    attributes: { [ATTR.outputType]: 'image' },
    // `data` holds the images themselves: too large to keep, so they are only counted.
    paths,
    counts: ['b64_json'],
    read,
    stream: {
      paths,
      endsUnmarked: true,
      matters: (event, data) => /\.completed$|^error$/.test(event) || data.includes('"usage"'),
      textLength: () => 0,
      read(event, facts) {
        read(event, facts)
        if (textAt(event, 'type')?.endsWith('.completed') && facts.usage) facts.complete = true
      },
    },
  }
}
