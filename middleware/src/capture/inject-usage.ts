/**
 * Asks OpenAI-compatible chat streams for the usage that they only report where they are asked to.
 *
 * Invariant: opt-in; a request that cannot be changed safely is sent as it is, a caller who did not ask does not see
 * the chunk with the usage, and a provider that refuses the option is asked again without it.
 */
import type { Target } from '../providers/targets.ts'
import { createUsageChunkFilter } from '../streams/hide-usage-chunk.ts'
import { parseObject } from '../streams/json-body.ts'
import { ATTR } from '../telemetry/attributes.ts'
import type { CallStart } from './call-start.ts'
import { reportFailure } from './report.ts'

const OPTION = '"stream_options":{"include_usage":true}'

/** Whether an endpoint has streams that can be asked for their usage. */
export function hasChatStreams({ match }: Target): boolean {
  return match.endpoint.attributes?.[ATTR.openaiApiType] === 'chat_completions'
}

/** The request with the option, or `undefined` where it has to stay as it is. */
export function withStreamUsage(init: RequestInit | undefined): RequestInit | undefined {
  try {
    if (!init || typeof init.body !== 'string') return undefined
    // Who says a length sends that many bytes.
    if (new Headers(init.headers).has('content-length')) return undefined
    const body = addStreamUsage(init.body)
    return body === undefined ? undefined : { ...init, body }
  } catch (error) {
    reportFailure('ask for the usage of a stream', error)
    return undefined
  }
}

/** The body with the option, everything else as it was, or `undefined` where it asks already or asks no stream. */
export function addStreamUsage(text: string): string | undefined {
  if (!text.includes('"stream"')) return undefined
  const body = parseObject(text)
  if (body?.stream !== true) return undefined
  const { stream_options: options } = body
  if (options === undefined && !Object.hasOwn(body, 'stream_options')) {
    const end = text.lastIndexOf('}')
    return `${text.slice(0, end)},${OPTION}${text.slice(end)}`
  }
  if (options !== null && (typeof options !== 'object' || Array.isArray(options))) return undefined
  if (options !== null && Object.hasOwn(options, 'include_usage')) return undefined
  return JSON.stringify({ ...body, stream_options: { ...options, include_usage: true } })
}

const refusing = new Set<string>()
const MAX_REFUSING = 1_000

/** The host of a call that is to be asked for its usage; those that have refused the option are not asked again. */
export function streamUsageHost({ injectStreamUsage, target, request }: CallStart): string | undefined {
  if (!injectStreamUsage || !request.stream || !hasChatStreams(target)) return undefined
  return refusing.has(target.host) ? undefined : target.host
}

/**
 * Sends a request with the option, and once more without it where the answer says that something about it is wrong.
 *
 * @param send sends with the option (`true`) or as the caller wrote it
 * @returns the answer, whose stream hides the chunk that the caller did not ask for
 */
export async function sendAsking(
  host: string,
  send: (asking: boolean) => Promise<Response>,
  see: (response: Response) => Response,
): Promise<Response> {
  const response = await send(true)
  if (response.status === 400 || response.status === 422) {
    response.body?.cancel().catch(() => {})
    const second = await send(false)
    if (second.ok) {
      if (refusing.size >= MAX_REFUSING) refusing.clear()
      refusing.add(host)
    }
    return see(second)
  }
  const seen = see(response)
  const type = response.headers.get('content-type') ?? ''
  return type.startsWith('text/event-stream') && seen.body ? hideUsage(seen) : seen
}

function hideUsage(response: Response): Response {
  const body = response.body as ReadableStream<Uint8Array>
  const reader = body.getReader()
  const filter = createUsageChunkFilter()
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read()
          const bytes = done ? filter.end() : filter.push(value)
          if (bytes.length > 0) controller.enqueue(bytes)
          if (done) controller.close()
          if (done || bytes.length > 0) return
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  const Base = response.constructor as typeof Response
  const { status, statusText, headers, url, redirected, type } = response
  const hidden = new Base(stream, { status, statusText, headers })
  for (const [name, value] of Object.entries({ url, redirected, type })) {
    Object.defineProperty(hidden, name, { value, configurable: true, enumerable: true })
  }
  return hidden
}
