/**
 * What all transports share: how a call begins, and how layers that lie below one another count it once.
 *
 * Invariant: while a metered call is handed down, the layers below (dispatcher, sockets) begin none, because each
 * asks in the asynchronous context that the upper one made.
 */
import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, createContextKey, type Span, trace } from '@opentelemetry/api'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'
import type { ReadRequest } from './request.ts'

/** Starts a call for a request to a URL, or says that it is none of ours. */
export type Begin = (url: URL, readRequest: ReadRequest, method: string) => Call | undefined

/** Whether requests with this method may be metered at all. */
export function mayBeMetered(method: unknown): method is string {
  return method === 'POST' || method === 'GET'
}

/** How a transport hands its calls to the core. */
export interface Layer {
  /** As the core's {@link Begin}, but nothing inside a call that an upper layer counts. Never throws. */
  begin(method: string | undefined, url: () => URL | undefined, readRequest: ReadRequest): Call | undefined
  /** Runs `send` as the inside of `call`: its span is active, and the layers below leave it alone. */
  hand<T>(call: Call, send: () => T): T
  /** The call of an upper layer that this code is inside of. */
  above(): Call | undefined
}

/** The key that OpenTelemetry's SDK marks its own exports with; keys of one name are one symbol. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** @param handed is, inside of a call that a layer has counted, that call */
export function createLayer(begin: Begin, handed: Pick<AsyncLocalStorage<Call>, 'getStore' | 'run'>): Layer {
  return {
    above: () => handed.getStore(),
    begin(method, urlOf, readRequest) {
      try {
        if (!mayBeMetered(method) || handed.getStore()) return undefined
        const url = urlOf()
        if (!url || context.active().getValue(SUPPRESSED) === true) return undefined
        return begin(url, readRequest, method)
      } catch (error) {
        reportFailure('start a call', error)
        return undefined
      }
    },
    hand(call, send) {
      try {
        return call.active(
          (parent: Context, span: Span) =>
            context.with(trace.setSpan(parent, span), () => handed.run(call, send)),
          () => handed.run(call, send),
        )
      } catch (error) {
        call.end('refused', error)
        throw error
      }
    },
  }
}
