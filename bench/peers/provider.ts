/**
 * The other side of `capture.ts`: answers like OpenAI, from memory, in a process of its own so that its CPU time
 * is not the client's. Prints its two ports, which do the same, and ends when its standard input closes.
 *
 * Invariant: it does the same work for every request, whoever measures.
 */

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
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

const answerTo: RequestListener = (request, response) => {
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
    if (request.headers['x-stream'] === 'held' || request.headers['x-stream'] === 'slow') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(delta)
      // As models do: what comes later is not in the same packet.
      if (request.headers['x-stream'] === 'slow') setTimeout(() => response.end(last), 2)
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_bench' })
    response.end(answer)
  })
}
const ports: number[] = []
for (let index = 0; index < 2; index++) {
  const server = createServer(answerTo).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ports.push((server.address() as AddressInfo).port)
}
console.log(ports.join(' '))
process.stdin.on('end', () => process.exit(0)).resume()
