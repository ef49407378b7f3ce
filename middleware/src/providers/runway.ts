/**
 * Runway: videos by the second, images by the piece, counted when their task has succeeded.
 *
 * Wire format: https://docs.dev.runwayml.com/api. The length of a video is a number, and 10 seconds where the request
 * has none.
 */
import { defineProvider, type Provider } from './provider.ts'
import { mediaJobs } from './wire/media-jobs.ts'

export const runway: Provider = defineProvider({
  name: 'runway',
  hosts: ['api.dev.runwayml.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: mediaJobs({
    videos: ['/v1/image_to_video', '/v1/text_to_video', '/v1/video_to_video', '/v1/character_performance'],
    images: ['/v1/text_to_image'],
    ask: '/v1/tasks/{id}',
    status: 'status',
    ended: { SUCCEEDED: 'well', FAILED: 'badly', CANCELLED: 'badly' },
    error: 'error',
    seconds: { path: 'duration', otherwise: '10' },
  }),
})
