/**
 * One HTTP request to a receiver of alerts.
 *
 * Invariant: it ends within its time limit, follows no redirect, reads a bounded beginning of the answer, and
 * reaches an address of this machine or a private network only where that is allowed: the address is checked
 * after the name was resolved, on the very address that is connected to.
 */
import { lookup as resolveName } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Outgoing } from './notifier.ts'
import { isPrivateAddress } from './private-address.ts'
import type { Answer } from './verdict.ts'

export interface PostOptions {
  /** Whether addresses of this machine and its private networks may be called. */
  readonly allowPrivate: boolean
  /** Milliseconds for everything. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 15_000
const MOST_BODY = 16 * 1024

/** Sends it. Throws `cannot reach …` where there is no answer. */
export function post(
  outgoing: Outgoing,
  { allowPrivate, timeoutMs = TIMEOUT_MS }: PostOptions,
): Promise<Answer> {
  const url = new URL(outgoing.url)
  const where = `${url.protocol}//${url.host}`
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (!allowPrivate && isIP(literal) !== 0 && isPrivateAddress(literal)) {
    return Promise.reject(new Error(refused(where)))
  }
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const body = Buffer.from(outgoing.body)
    const sent = request(
      url,
      {
        method: outgoing.method,
        headers: { 'user-agent': 'spanmeter', ...outgoing.headers, 'content-length': String(body.length) },
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
        ...(!allowPrivate && { lookup: publicOnly(where) }),
      },
      (response) => {
        const chunks: Buffer[] = []
        let length = 0
        const done = () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: flat(response.headers),
            body: Buffer.concat(chunks).subarray(0, MOST_BODY).toString('utf8'),
          })
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          length += chunk.length
          if (length >= MOST_BODY) {
            done()
            response.destroy()
          }
        })
        response.on('end', done)
        response.on('error', fail)
      },
    )
    const fail = (cause: Error) =>
      reject(
        cause.message.startsWith('cannot ')
          ? cause
          : new Error(
              cause.name === 'TimeoutError' || cause.name === 'AbortError'
                ? `cannot reach ${where}: no answer within ${timeoutMs / 1000} s`
                : `cannot reach ${where}: ${cause.message}`,
              { cause },
            ),
      )
    sent.on('error', fail)
    sent.end(body)
  })
}

function refused(where: string): string {
  return `cannot call ${where}: it is an address of this machine or of a private network; set alerts.allowPrivateAddresses where that is meant`
}

/** Resolves names as usual and refuses those that lead inside. */
function publicOnly(where: string): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0)
      const inside = addresses.find(({ address }) => isPrivateAddress(address))
      const [first] = addresses
      if (inside !== undefined || first === undefined) return callback(new Error(refused(where)), '', 0)
      if (options.all === true) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
