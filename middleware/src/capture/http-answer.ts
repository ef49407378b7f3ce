/**
 * An answer to a request of `node:http` that no server gave.
 *
 * Invariant: the host sees a response as it sees any other; nothing of the request is sent, and the connection that
 * its agent has opened meanwhile is closed.
 */
import { type ClientRequest, IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { RefusalAnswer } from '../quota/refusal.ts'

/** @param request whose head is not sent yet */
export function answerRequest(request: ClientRequest, answer: RefusalAnswer): void {
  // Whoever has just called `end()` may listen only then.
  process.nextTick(() => {
    if (request.destroyed) return
    const response = responseOf(request, answer)
    Object.assign(request, { res: response })
    const isHeard = request.emit('response', response)
    if (!isHeard) response.resume()
    if (request.socket) request.socket.destroy()
    else request.once('socket', (socket: Socket) => socket.destroy())
  })
}

function responseOf(request: ClientRequest, answer: RefusalAnswer): IncomingMessage {
  const { status, statusText, headers, body } = answer
  const response = new IncomingMessage(request.socket ?? new Socket())
  response.httpVersion = '1.1'
  response.httpVersionMajor = 1
  response.httpVersionMinor = 1
  response.statusCode = status
  response.statusMessage = statusText
  const bytes = Buffer.from(body)
  for (const [name, value] of Object.entries({ ...headers, 'content-length': String(bytes.length) })) {
    response.rawHeaders.push(name, value)
    response.headers[name] = value
  }
  // The end of the connection is no end of the answer.
  response.complete = true
  response.push(bytes)
  response.push(null)
  return Object.assign(response, { req: request })
}
