/**
 * The other side of `capture.ts`: answers like OpenAI, from memory, in a process of its own so that its CPU time
 * is not the client's. Prints its port, ends when its standard input closes.
 *
 * Invariant: it does the same work for every request, whoever measures.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CHUNKS } from './chunks.ts'

const usage = { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500 }
const head = { id: 'chatcmpl-bench', object: 'chat.completion', created: 1, model: 'gpt-4o-mini-2024-07-18' }
const answer = JSON.stringify({
  ...head,
  choices: [
    { index: 0, message: { role: 'assistant', content: 'word '.repeat(240) }, finish_reason: 'stop' },
  ],
  usage,
  service_tier: 'default',
})
const event = (fields: object) =>
  Buffer.from(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...fields })}\n\n`)
const delta = event({
  choices: [{ index: 0, delta: { content: ' word' }, finish_reason: null }],
  usage: null,
})
const last = Buffer.concat([event({ choices: [], usage }), Buffer.from('data: [DONE]\n\n')])

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    if (request.url?.endsWith('/embeddings') === false && request.headers['x-stream'] === 'yes') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      let sent = 0
      // One write per turn of the loop, so that chunks arrive as chunks.
      const next = (): void => {
        if (sent++ < CHUNKS) {
          response.write(delta)
          setImmediate(next)
        } else response.end(last)
      }
      next()
      return
    }
    if (request.headers['x-stream'] === 'held') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(delta)
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_bench' })
    response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.stdin.on('end', () => process.exit(0)).resume()
