/** node-fetch, which calls over node:http: bodies read in every way, clones, streams. */
import { broken, head, leave, said } from '../observe.mjs'
import { bodies, HEADERS, pieces } from '../raw.mjs'

export const title = 'node-fetch'
export const provider = 'openai'
export const majors = [{ fetch: 'node-fetch2' }, { fetch: 'node-fetch3' }]

export async function open({ load, packages, url, arrived }) {
  const loaded = await load(packages.fetch)
  const fetch = loaded.default ?? loaded
  return fetchCalls(fetch, `${url}/chat/completions`, arrived)
}

/** What any `fetch` is asked to do. */
export function fetchCalls(fetch, at, arrived) {
  const post = (body, more = {}) =>
    fetch(at, { method: 'POST', headers: HEADERS, body: JSON.stringify(body), ...more })
  return {
    json: async () => {
      const response = await post(bodies.whole)
      return { head: head(response), body: await response.json() }
    },
    text: async () => (await post(bodies.long)).text(),
    'clone read too': async () => {
      const response = await post(bodies.whole)
      const copy = response.clone()
      return Promise.all([response.text(), copy.text()])
    },
    stream: async () => {
      let text = ''
      for await (const chunk of (await post(bodies.stream)).body) text += Buffer.from(chunk).toString()
      return text
    },
    'unknown model': async () => {
      const response = await post(bodies.unknown)
      return { head: head(response), body: await response.json() }
    },
    aborted: () => broken(() => leave(arrived, (signal) => post(bodies.slow, { signal }))),
    'stream aborted': async () => {
      const controller = new AbortController()
      const response = await post(bodies.stalls, { signal: controller.signal })
      return said(
        pieces(response.body),
        (piece) => piece,
        7,
        () => controller.abort(),
      )
    },
  }
}
