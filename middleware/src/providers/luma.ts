/**
 * Luma: videos by the second, images by the piece, counted when they have been made.
 *
 * Wire format: https://docs.lumalabs.ai/reference. The length of a video is text (`5s`), and 5 seconds where the request
 * has none.
 */
import { defineProvider, type Provider } from './provider.ts'
import { mediaJobs } from './wire/media-jobs.ts'

const GENERATIONS = '/dream-machine/v1/generations'

export const luma: Provider = defineProvider({
  name: 'luma',
  hosts: ['api.lumalabs.ai'],
  requestIdHeaders: ['x-request-id'],
  endpoints: mediaJobs({
    videos: [GENERATIONS, `${GENERATIONS}/video`],
    images: [`${GENERATIONS}/image`],
    ask: `${GENERATIONS}/{id}`,
    status: 'state',
    ended: { completed: 'well', failed: 'badly' },
    error: 'detail',
    seconds: { path: 'duration', otherwise: '5' },
  }),
})
