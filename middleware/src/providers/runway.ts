/**
 * Runway: videos by the second, images by the piece, sound, counted when their task has succeeded.
 *
 * Wire format: https://docs.dev.runwayml.com/api and the types of `@runwayml/sdk` 4.20. The length of a video is a
 * number, and 10 seconds where the request has none. A task that is over says what it cost in credits, of which each is
 * a US cent; one that failed may cost something too.
 */
import { decimalText, multiplyDecimals, objectAt } from './fields.ts'
import { defineProvider, type Provider } from './provider.ts'
import { mediaJobs } from './wire/media-jobs.ts'

export const runway: Provider = defineProvider({
  name: 'runway',
  hosts: ['api.dev.runwayml.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: mediaJobs({
    videos: ['/v1/image_to_video', '/v1/text_to_video', '/v1/video_to_video', '/v1/character_performance'],
    images: ['/v1/text_to_image', '/v1/image_upscale'],
    sounds: [
      '/v1/text_to_speech',
      '/v1/sound_effect',
      '/v1/speech_to_speech',
      '/v1/voice_dubbing',
      '/v1/voice_isolation',
    ],
    ask: '/v1/tasks/{id}',
    status: 'status',
    ended: { SUCCEEDED: 'well', FAILED: 'badly', CANCELLED: 'badly' },
    error: 'error',
    seconds: { path: 'duration', otherwise: '10' },
    count: 'outputCount',
    cost: {
      path: 'cost',
      read(body) {
        const credits = decimalText(objectAt(body, 'cost')?.credits)
        return credits === undefined ? undefined : multiplyDecimals(credits, '0.01')
      },
    },
  }),
})
