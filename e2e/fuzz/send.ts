/**
 * Sends one request and judges the answer.
 *
 * Invariant: every request ends in a verdict: `undefined`, or a sentence that says what is wrong with the answer.
 */
import { Agent, request } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Payload } from './payloads.ts'

const PATIENCE_MS = 30_000
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
/** What a receiver may say to a damaged body. */
const RECEIVER = new Set([200, 204, 400, 413, 415, 422])

/** Sends over HTTP; counts the status in `statuses`. */
export function sendHttp(
  url: string,
  payload: Payload,
  statuses: Map<string, number>,
): Promise<string | undefined> {
  const { kind, method, path, headers, body } = payload
  return new Promise((resolve) => {
    const call = request(
      `${url}${path}`,
      { method, agent, headers: { ...headers, 'content-length': body.length }, timeout: PATIENCE_MS },
      (response) => {
        const status = response.statusCode ?? 0
        const type = response.headers['content-type'] ?? ''
        statuses.set(`${kind} ${status}`, (statuses.get(`${kind} ${status}`) ?? 0) + 1)
        response.resume()
        if (/\/stream\b/.test(path) && status === 200) {
          response.destroy()
          resolve(undefined)
          return
        }
        response.on('close', () => resolve(judge(payload, status, type)))
      },
    )
    call.on('timeout', () => call.destroy(new Error('no answer in time')))
    call.on('error', (error) => resolve(`${method} ${path}: ${error.message}`))
    call.end(body)
  })
}

function judge({ kind, method, path }: Payload, status: number, type: string): string | undefined {
  if (kind !== 'query')
    return RECEIVER.has(status) ? undefined : `${method} ${path} (${kind}) was answered ${status}`
  if (status < 400) return undefined
  const known = status < 500 && type.startsWith('application/problem+json')
  return known ? undefined : `${method} ${path} was answered ${status} ${type}`
}

let session: ClientHttp2Session | undefined

/** Sends over gRPC's own transport; a stream that is reset is an answer too. */
export function sendGrpc(
  port: number,
  payload: Payload,
  statuses: Map<string, number>,
): Promise<string | undefined> {
  if (session === undefined || session.destroyed || session.closed) {
    session = connect(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
  }
  const { path, headers, body } = payload
  const stream = session.request({ ':method': 'POST', ':path': path, ...headers })
  return new Promise((resolve) => {
    let status = 'reset'
    const take = (all: Record<string, unknown>) => {
      if (all['grpc-status'] !== undefined) status = String(all['grpc-status'])
    }
    stream.on('response', take)
    stream.on('trailers', take)
    stream.on('error', () => {})
    stream.setTimeout(PATIENCE_MS, () => {
      stream.close()
      resolve(`gRPC ${path}: no answer in time`)
    })
    stream.on('close', () => {
      statuses.set(`grpc ${status}`, (statuses.get(`grpc ${status}`) ?? 0) + 1)
      resolve(status === '2' ? `gRPC ${path} was answered UNKNOWN: an error of ours` : undefined)
    })
    stream.resume()
    stream.end(body)
  })
}

/** Ends the connections. */
export function closeConnections(): void {
  agent.destroy()
  session?.destroy()
}
