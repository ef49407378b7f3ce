/**
 * `POST /v1/metrics` and `/v1/logs`: OpenTelemetry's other signals, which are not stored.
 *
 * Invariant: an exporter that sends everything to one address gets a 200 that says so, once per request, and
 * its body is passed over without being kept.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { statusAnswer, warningAnswer } from './answer.ts'
import { contentKind } from './traces.ts'

/** Answers a request of a signal that is not stored; `signal` is what it is called. */
export async function handleIgnored(
  signal: 'metrics' | 'logs',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const kind = contentKind(request) ?? 'json'
  const posted = request.method === 'POST'
  const { type, body } = posted
    ? warningAnswer(
        kind,
        `${signal} are not stored: calls are metered by their spans; send those to /v1/traces`,
      )
    : statusAnswer(kind, 405, `cannot accept this method: /v1/${signal} takes POST`)
  try {
    for await (const _ of request.iterator({ destroyOnReturn: false })) if (!posted) break
  } catch {
    // the sender left in the middle of its body: there is nobody to answer
    return
  }
  response.writeHead(posted ? 200 : 405, { 'content-type': type, 'content-length': body.length })
  response.end(body)
}
