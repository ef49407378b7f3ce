/**
 * Images, videos and sound that are made in the background, by the piece or by the second that was asked for.
 *
 * Invariant: what counts is asked for in the request that begins a job, and is billed where the job has ended well.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, decimalText, textAt } from '../fields.ts'
import type { Endpoint, JsonObject } from '../provider.ts'

export interface MediaJobs {
  /** Where jobs begin: paths of videos and of images. */
  videos: readonly string[]
  images: readonly string[]
  /** Paths of sound, whose length nobody says. */
  sounds?: readonly string[]
  /** Where they are asked for: a path with `{id}`. */
  ask: string
  /** Where a job says how it stands. */
  status: string
  ended: Readonly<Record<string, 'well' | 'badly'>>
  /** Where an error has its word. */
  error: string
  /** Where the request says how long a video shall be, and what holds where it does not. */
  seconds: { path: string; otherwise: string }
  /** Where the request says how many images shall be made; absent = always one. */
  count?: string
  /** What a job that is over says of its cost. */
  cost?: {
    path: string
    /** USD as decimal text. */
    read(body: JsonObject): string | undefined
  }
}

/** The endpoints of such an API. */
export function mediaJobs(jobs: MediaJobs): Endpoint[] {
  const { status: statusKey, ended, error: errorKey, cost, count } = jobs
  const answer = {
    paths: ['id', 'model', statusKey, errorKey, ...(cost ? [cost.path] : [])],
    read(body: JsonObject, facts: Parameters<Endpoint['read']>[1]) {
      const id = textAt(body, 'id')
      if (id === undefined) {
        if (body[errorKey] !== undefined) facts.error = '_OTHER'
        return
      }
      const end = ended[textAt(body, statusKey) ?? '']
      assign(facts, { responseId: id, responseModel: textAt(body, 'model') })
      facts.job = { id, done: end !== undefined }
      if (end !== undefined) assign(facts, { cost: cost?.read(body) })
      if (end === 'badly') facts.error = 'generation_failed'
    },
  }
  const begin = (path: string, kind: 'image' | 'video'): Endpoint => ({
    ...answer,
    path,
    operation: `${kind}_generation`,
    attributes: { [ATTR.outputType]: kind },
    request: {
      paths: kind === 'video' ? [jobs.seconds.path] : count === undefined ? [] : [count],
      read(fields, facts) {
        const images = count === undefined ? 1 : (countAt(fields, count) ?? 1)
        const asked = String(fields[jobs.seconds.path] ?? jobs.seconds.otherwise).replace(/s$/, '')
        facts.meter =
          kind === 'image'
            ? { name: 'image_generation', quantity: images, unit: 'image', from: 'request' }
            : {
                name: 'video_generation',
                quantity: decimalText(asked) ?? '',
                unit: 'second',
                from: 'request',
              }
      },
    },
  })
  return [
    ...jobs.videos.map((path) => begin(path, 'video')),
    ...jobs.images.map((path) => begin(path, 'image')),
    ...(jobs.sounds ?? []).map((path) => ({
      ...answer,
      path,
      operation: 'speech',
      attributes: { [ATTR.outputType]: 'speech' },
    })),
    { ...answer, path: jobs.ask, method: 'GET', poll: true, operation: 'video_generation' },
  ]
}
