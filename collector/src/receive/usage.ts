/**
 * `POST /v1/usage`: usage events as CloudEvents, alone, in a list, or with their attributes in headers.
 *
 * Invariant: 204 means that every event of the request is on disk; any other answer is problem details and
 * nothing of the request was kept.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MeterConfig } from '../config/meters.ts'
import { BadInput } from './bad-input.ts'
import { readBody } from './body.ts'
import { SpoolFull } from './intake.ts'
import { RETRY_AFTER, type TracesOptions } from './traces.ts'
import { type UsageFault, usageSpans } from './usage-events.ts'

export interface UsageOptions extends Omit<TracesOptions, 'onAnswer'> {
  /** The meters as they are configured now. */
  meters: () => Readonly<Record<string, MeterConfig>>
  /** Milliseconds since 1970. */
  now: () => number
  onAnswer?: (answer: { status: number; reason: string; bytes: number }) => void
}

/** Creates the handler. */
export function createUsageHandler(options: UsageOptions) {
  return async function handleUsage(
    request: IncomingMessage,
    response: ServerResponse,
    tenant?: string,
  ): Promise<void> {
    let bytes = 0
    const answer = (status: number, reason: string, detail = '', faults: UsageFault[] = []) => {
      options.onAnswer?.({ status, reason, bytes })
      const type = `urn:spanmeter:problem:${reason.replaceAll('_', '-')}`
      const problem = {
        type,
        title: 'The usage was not accepted',
        status,
        detail,
        ...(faults.length > 0 && { errors: faults }),
      }
      const body = status === 204 ? '' : JSON.stringify(problem)
      response.writeHead(status, {
        ...(status !== 204 && {
          'content-type': 'application/problem+json',
          'content-length': Buffer.byteLength(body),
        }),
        ...(status === 405 && { allow: 'POST' }),
        ...(status === 503 && { 'retry-after': String(RETRY_AFTER) }),
        ...(!request.complete && { connection: 'close' }),
      })
      response.end(body, () => {
        if (!request.complete) request.destroy()
      })
    }
    try {
      if (request.method !== 'POST')
        return answer(405, 'method', 'cannot accept this method: /v1/usage takes POST')
      const read = reader(request)
      const body = await readBody(request, options.maxBodyBytes)
      bytes = body.length
      const spans = usageSpans(read(body), options.meters(), options.now())
      if (Array.isArray(spans)) {
        const [first] = spans
        const more = spans.length > 1 ? ` and ${spans.length - 1} more faults` : ''
        return answer(
          400,
          'bad_event',
          `cannot accept the usage: ${first?.name} ${first?.detail}${more}; nothing was kept`,
          spans,
        )
      }
      await options.acceptor.accept('json', spans, tenant)
      answer(204, 'ok')
    } catch (error) {
      if (response.headersSent || request.socket.destroyed) return
      if (error instanceof BadInput) return answer(error.status, error.reason, error.message)
      const full = error instanceof SpoolFull
      if (!full) options.report?.(error)
      answer(
        503,
        full ? 'spool_full' : 'spool_error',
        full ? error.message : 'cannot store the usage right now; send it again later',
      )
    }
  }
}

/** How to read the body into events, by the request's head. */
function reader({ headers }: IncomingMessage): (body: Buffer) => unknown[] {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/cloudevents+json') return (body) => [parse(body)]
  if (type === 'application/cloudevents-batch+json') return (body) => listOf(parse(body))
  if (type !== 'application/json' && type !== '')
    throw new BadInput(
      415,
      'content_type',
      `cannot read content-type ${JSON.stringify(type?.slice(0, 60))}; send application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce- headers`,
    )
  if (headers['ce-specversion'] === undefined)
    return (body) => {
      const parsed = parse(body)
      return Array.isArray(parsed) ? parsed : [parsed]
    }
  const event: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith('ce-') && typeof value === 'string') event[name.slice(3)] = decoded(value)
  return (body) => [{ ...event, ...(body.length > 0 && { data: parse(body) }) }]
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    const { message } = cause as Error
    throw new BadInput(400, 'malformed', `cannot read the JSON body: ${message}; send CloudEvents`, { cause })
  }
}

function listOf(parsed: unknown): unknown[] {
  if (Array.isArray(parsed)) return parsed
  throw new BadInput(400, 'malformed', 'cannot read the list of events: the body is no list; send one')
}

/** Values of headers are percent-encoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
