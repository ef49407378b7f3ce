/**
 * The SERVER span of a request that the host answers, by OpenTelemetry's HTTP semantic conventions.
 *
 * Invariant: it is opened only where the host has none, ends exactly once, and none of its methods throws. It holds
 * neither the query, nor a header, nor anything of a body.
 *
 * Conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import { reportFailure } from './capture/report.ts'
import { ATTR } from './telemetry/attributes.ts'
import type { OpenSpan, Recorder } from './telemetry/recorder.ts'

/** A request as it arrives, in words that every framework has. */
export interface Arrival {
  method: string
  /** Path as the client sent it; a query is cut off. */
  path: string
  scheme: string
  /** The `host` header, or `:authority`. */
  host: string | undefined
  header(name: string): string | undefined
}

/** How a request ended. */
export interface Departure {
  /** Status that was sent; absent where nothing was. */
  status?: number | undefined
  /** Template of the route that answered. */
  route?: string | undefined
  /** The connection closed before the response was complete. */
  aborted?: boolean
  /** What the handler threw, or its stream failed with, where no complete response came of it. */
  exception?: unknown
}

export interface ServerSpan {
  /** Parent of the calls inside, and whether the host's own context may carry it. */
  readonly span: Span
  readonly shared: boolean
  /** Only the first word counts. @param attributes further attributes, asked only then */
  end(departure: Departure, attributes: () => Attributes): void
}

const METHODS = new Set('GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY'.split(' '))
const MAX_LENGTH = 1_024
/** Where OpenTelemetry's HTTP instrumentation leaves its SERVER span; keys of one name are one symbol. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')
/** What Next.js marks the inside of its own SERVER span with. */
const NEXT_ROOT_SPAN = createContextKey('next.rootSpanId')

/** Whether the host already has a SERVER span for what runs in `active`. */
function hasServerSpan(active: Context): boolean {
  const span = trace.getSpan(active) as (Span & { kind?: unknown }) | undefined
  if (span?.kind === SpanKind.SERVER && span.isRecording()) return true
  // Below it a framework, or an instrumentation of it, may have opened spans of its own.
  if (span?.isRecording() && active.getValue(NEXT_ROOT_SPAN) !== undefined) return true
  const metadata = active.getValue(RPC_METADATA) as { span?: Span } | undefined
  return metadata?.span?.isRecording?.() === true
}

/** Opens the span of a request that arrives now, or says that the host has one already. */
export function openServerSpan(recorder: Recorder, arrival: Arrival): ServerSpan | undefined {
  const active = context.active()
  if (hasServerSpan(active)) return undefined
  const startedAt = Date.now()
  const startedTick = performance.now()
  const method = METHODS.has(arrival.method) ? arrival.method : '_OTHER'
  const shortName = method === '_OTHER' ? 'HTTP' : method
  const open = recorder.start({
    name: shortName,
    kind: SpanKind.SERVER,
    startTime: startedAt,
    parent: parentOf(active, arrival),
    attributes: arrivalAttributes(arrival, method),
  })
  const span = spanOf(open)
  if (!span) return undefined
  let ended = false
  return {
    span,
    shared: open.span !== undefined,
    end(departure, further) {
      if (ended) return
      ended = true
      try {
        const error = errorType(departure)
        const endTime = startedAt + (performance.now() - startedTick)
        const name = !departure.route ? shortName : `${shortName} ${cut(departure.route)}`
        open.end({ ...further(), ...departureAttributes(departure, error) }, error, endTime, name)
      } catch (error) {
        reportFailure("end a request's span", error)
      }
    },
  }
}

function spanOf(open: OpenSpan): Span | undefined {
  return open.span ?? (open.identity && trace.wrapSpanContext(open.identity))
}

/** A span of the host that is at work, or else whom the caller names; one that ended long ago is no parent. */
function parentOf(active: Context, arrival: Arrival): Context {
  if (trace.getSpan(active)?.isRecording()) return active
  return propagation.extract(ROOT_CONTEXT, arrival, {
    get: (carrier, name) => carrier.header(name),
    keys: () => [],
  })
}

function arrivalAttributes(arrival: Arrival, method: string): Attributes {
  const attributes: Attributes = {
    [ATTR.httpMethod]: method,
    [ATTR.urlPath]: cut(arrival.path.replace(/[?#].*/s, '')),
    [ATTR.urlScheme]: arrival.scheme,
  }
  if (method === '_OTHER') attributes[ATTR.httpMethodOriginal] = cut(arrival.method)
  const url = `${arrival.scheme}://${arrival.host}`
  if (arrival.host !== undefined && URL.canParse(url)) {
    const { hostname, port } = new URL(url)
    attributes[ATTR.serverAddress] = cut(hostname)
    attributes[ATTR.serverPort] = port === '' ? (arrival.scheme === 'https' ? 443 : 80) : Number(port)
  }
  return attributes
}

function departureAttributes(departure: Departure, error: string | undefined): Attributes {
  const attributes: Attributes = {}
  if (departure.status !== undefined) attributes[ATTR.httpStatusCode] = departure.status
  if (departure.route) attributes[ATTR.httpRoute] = cut(departure.route)
  if (departure.aborted) attributes[ATTR.requestAborted] = true
  if (error !== undefined) attributes[ATTR.errorType] = error
  return attributes
}

/** A 4xx is the caller's fault and a client that leaves is nobody's: neither is an error of this service. */
function errorType({ status, exception }: Departure): string | undefined {
  if (status !== undefined && status >= 500) return String(status)
  if (exception === undefined || exception === null) return undefined
  return exception instanceof Error && exception.name !== '' ? exception.name : '_OTHER'
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH) : text
}
