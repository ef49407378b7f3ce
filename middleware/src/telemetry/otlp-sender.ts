/**
 * Posts OTLP requests over one kept connection, and tries again while a collector is busy or gone.
 *
 * Invariant: nothing throws; a request is given up after {@link TIMEOUT}, whatever the collector does, and what is
 * sent here is neither metered nor traced.
 */
import type { Agent, ClientRequest, IncomingHttpHeaders } from 'node:http'
import { context } from '@opentelemetry/api'
import { suppressed } from '../capture/layer.ts'
import { reportFailure } from '../capture/report.ts'

/** Milliseconds for a request with all its repetitions. */
const TIMEOUT = 5_000
const FIRST_PAUSE = 500
/** Answers after which a later try may succeed (OTLP specification, "failures"). */
const BUSY = new Set([429, 502, 503, 504])

/** Posts requests to one URL. */
export interface OtlpSender {
  /** @returns whether the collector has taken it. Never rejects. */
  send(request: Buffer): Promise<boolean>
  /** Closes the connection. */
  close(): void
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
}

/** @param headers of every request, beside those that say what it holds */
export function createOtlpSender(url: string, headers: Record<string, string>): OtlpSender {
  const secure = url.startsWith('https:')
  const target = new URL(url)
  let agent: Agent | undefined

  async function post(body: Buffer, timeoutMs: number): Promise<Answer> {
    const { Agent, request } = await (secure ? import('node:https') : import('node:http'))
    agent ??= new Agent({ keepAlive: true, maxSockets: 4 })
    return new Promise<Answer>((resolve, reject) => {
      const sent: ClientRequest = request(target, {
        method: 'POST',
        ...(agent ? { agent } : {}),
        headers: { ...headers, 'content-type': 'application/x-protobuf', 'content-length': body.length },
      })
      const timer = setTimeout(
        () => sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
        timeoutMs,
      )
      sent.once('response', (response) => {
        const answer = { status: response.statusCode ?? 0, headers: response.headers }
        response
          .resume()
          .once('end', () => resolve(answer))
          .once('error', reject)
      })
      sent.once('error', reject).once('close', () => {
        clearTimeout(timer)
        reject(new Error('the connection closed'))
      })
      sent.end(body)
    })
  }

  async function send(body: Buffer): Promise<boolean> {
    const deadline = performance.now() + TIMEOUT
    for (let pause = FIRST_PAUSE; ; pause *= 1.5) {
      const left = deadline - performance.now()
      let wait = pause * (0.8 + 0.4 * Math.random())
      let failure: Error
      try {
        const { status, headers: said } = await post(body, left)
        if (status >= 200 && status < 300) return true
        failure = new Error(`the endpoint answered ${status}`)
        if (!BUSY.has(status)) wait = Number.POSITIVE_INFINITY
        else wait = Math.max(wait, secondsOf(said['retry-after']) * 1_000)
      } catch (error) {
        failure = error as Error
      }
      if (performance.now() + wait > deadline) {
        reportFailure('send spans', failure)
        return false
      }
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }

  return {
    send: (body) => context.with(suppressed(context.active()), () => send(body)),
    close: () => agent?.destroy(),
  }
}

function secondsOf(retryAfter: string | undefined): number {
  const seconds = Number(retryAfter ?? 0)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0
}
