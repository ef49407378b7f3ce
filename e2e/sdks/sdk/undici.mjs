/** undici from npm: its own fetch, and request. */
import { broken, leave, said } from '../observe.mjs'
import { bodies, HEADERS, pieces } from '../raw.mjs'
import { fetchCalls } from './node-fetch.mjs'

export const title = 'undici'
export const provider = 'openai'
export const majors = [{ undici: 'undici6' }, { undici: 'undici7' }, { undici: 'undici8' }]

export async function open({ load, packages, url, arrived }) {
  const { Agent, fetch, Pool, request } = await load(packages.undici)
  const agent = new Agent()
  const pool = new Pool(new URL(url).origin)
  const at = `${url}/chat/completions`
  const post = (body, more = {}) =>
    request(at, { method: 'POST', headers: HEADERS, body: JSON.stringify(body), ...more })
  const fetched = Object.entries(fetchCalls(fetch, at, arrived)).map(([name, call]) => [
    `fetch ${name}`,
    call,
  ])
  return {
    ...Object.fromEntries(fetched),
    'request JSON': async () => {
      const { statusCode, headers, body } = await post(bodies.whole)
      return { statusCode, id: headers['x-request-id'], body: await body.json() }
    },
    'request through an Agent of its own': async () => {
      const { body } = await post(bodies.whole, { dispatcher: agent })
      return body.json()
    },
    'fetch through an Agent of its own': async () => {
      const asked = {
        method: 'POST',
        headers: HEADERS,
        body: JSON.stringify(bodies.stream),
        dispatcher: agent,
      }
      return (await fetch(at, asked)).text()
    },
    'request of a Pool': async () => {
      const asked = { method: 'POST', headers: HEADERS, body: JSON.stringify(bodies.whole) }
      const { body } = await pool.request({ ...asked, path: new URL(at).pathname })
      return body.json()
    },
    'request stream': async () => {
      let text = ''
      for await (const chunk of (await post(bodies.stream)).body) text += Buffer.from(chunk).toString()
      return text
    },
    'request aborted': () => broken(() => leave(arrived, (signal) => post(bodies.slow, { signal }))),
    'request stream left': async () => said(pieces((await post(bodies.stalls)).body), (piece) => piece, 7),
  }
}
