/**
 * Images (Imagen) and videos (Veo) of Google's models, by the piece and by the second.
 *
 * Wire format: https://ai.google.dev/gemini-api/docs/imagen and `/video`. Neither answer says a usage: images are
 * counted in the answer; a video's seconds are those of the request that began it, 8 where it says none, and count
 * once the operation is done.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, decimalText, listAt, multiplyDecimals, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'
import { readError } from './errors.ts'

const SECONDS = '8'

function readStatus(body: JsonObject, facts: CallFacts): void {
  readError(body, facts)
  assign(facts, { error: textAt(objectAt(body, 'error'), 'status') })
}

/** `:predict` of an image model; of other models it says nothing that counts. */
export function predictImages(path: string = '/models/{model}:predict'): Endpoint {
  return {
    path,
    operation: 'image_generation',
    attributes: { [ATTR.outputType]: 'image' },
    paths: ['error'],
    counts: ['bytesBase64Encoded'],
    read(body, facts) {
      readStatus(body, facts)
      const listed = listAt(body, 'predictions').filter((one) => textAt(one, 'bytesBase64Encoded')).length
      const images = listed || countAt(body, '#bytesBase64Encoded')
      if (images) facts.meter = { name: 'image_generation', quantity: images, unit: 'image' }
    },
  }
}

/** The last segment of an operation's name, which is its id. */
function operationOf(body: JsonObject): string | undefined {
  return textAt(body, 'name')?.split('/').at(-1)
}

function readOperation(body: JsonObject, facts: CallFacts): void {
  const id = operationOf(body)
  if (id === undefined) {
    readStatus(body, facts)
    return
  }
  assign(facts, { responseId: id })
  facts.job = { id, done: body.done === true }
  if (objectAt(body, 'error')) readStatus(body, facts)
}

const VIDEO = {
  operation: 'video_generation',
  attributes: { [ATTR.outputType]: 'video' },
  paths: ['name', 'done', 'error'],
  read: readOperation,
}

/** `:predictLongRunning`, and asking for its operation as AI Studio has it (`GET`). */
export function videoOperations(): Endpoint[] {
  return [
    {
      ...VIDEO,
      path: '/models/{model}:predictLongRunning',
      request: {
        paths: ['parameters.durationSeconds', 'parameters.sampleCount'],
        read(fields, facts) {
          const asked = objectAt(fields, 'parameters')
          facts.meter = {
            name: 'video_generation',
            quantity: multiplyDecimals(
              decimalText(asked?.durationSeconds) ?? SECONDS,
              decimalText(asked?.sampleCount) ?? '1',
            ),
            unit: 'second',
            from: 'request',
          }
        },
      },
    },
    { ...VIDEO, path: '/models/{model}/operations/{id}', method: 'GET', poll: true },
  ]
}

/** Asking for a video's operation as Vertex AI has it. */
export function fetchVideoOperation(): Endpoint {
  return { ...VIDEO, path: '/models/{model}:fetchPredictOperation', poll: true }
}
