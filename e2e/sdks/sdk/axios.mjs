/** axios, which calls over node:http: whole bodies, streams, refusals. */
import { broken, leave, said } from '../observe.mjs'
import { bodies, HEADERS, pieces } from '../raw.mjs'

export const title = 'axios'
export const provider = 'openai'
export const majors = [{ axios: 'axios0' }, { axios: 'axios1' }]

export async function open({ load, packages, url, arrived }) {
  const loaded = await load(packages.axios)
  const axios = loaded.default ?? loaded
  const at = `${url}/chat/completions`
  const seen = ({ status, statusText, headers, data, request }) => ({
    status,
    statusText,
    type: headers['content-type'],
    encoding: headers['content-encoding'],
    id: headers['x-request-id'],
    data,
    path: request.path,
  })
  const stream = async (body, more = {}) =>
    (await axios.post(at, body, { headers: HEADERS, responseType: 'stream', ...more })).data
  return {
    JSON: async () => seen(await axios.post(at, bodies.whole, { headers: HEADERS })),
    text: async () =>
      seen(
        await axios.post(at, bodies.whole, { headers: HEADERS, responseType: 'text', transformResponse: [] }),
      ),
    arraybuffer: async () =>
      seen(await axios.post(at, bodies.long, { headers: HEADERS, responseType: 'arraybuffer' })),
    stream: async () => {
      let text = ''
      for await (const chunk of await stream(bodies.stream)) text += chunk
      return text
    },
    'unknown model': () => broken(() => axios.post(at, bodies.unknown, { headers: HEADERS })),
    aborted: () =>
      broken(() => leave(arrived, (signal) => axios.post(at, bodies.slow, { headers: HEADERS, signal }))),
    'stream left': async () => {
      const body = await stream(bodies.stalls)
      return said(pieces(body), (piece) => piece, 7)
    },
  }
}
