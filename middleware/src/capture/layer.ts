/**
 * What all transports share: how a call begins, and how layers that lie below one another count it once.
 *
 * Invariant: while a metered call is handed down, the layers below (dispatcher, sockets) begin none, because each
 * asks in the asynchronous context that the upper one made.
 */
import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, createContextKey, trace } from '@opentelemetry/api'
import type { Target } from '../providers/targets.ts'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'
import type { ReadRequest } from './request.ts'

/** What a transport asks the core. */
export interface Core {
  /** What a request to an address calls, or `undefined` where that is nothing that is metered. */
  find(address: string | URL, method: string): Target | undefined
  /** Starts a call, or says that there is nobody who wants to know. */
  open(target: Target, address: string | URL, readRequest: ReadRequest, active: Context): Call | undefined
}

/** Whether requests with this method may be metered at all. */
export function mayBeMetered(method: unknown): method is string {
  return method === 'POST' || method === 'GET'
}

/** How a transport hands its calls to the core. */
export interface Layer {
  /** What a request calls, unless it lies inside a call that an upper layer counts. Never throws. */
  find(method: string | undefined, address: string | URL): Target | undefined
  /** Starts a call to what {@link find} found. Never throws. */
  open(target: Target, address: string | URL, readRequest: ReadRequest): Call | undefined
  /** {@link find} and {@link open}. Never throws. */
  begin(
    method: string | undefined,
    addressOf: () => string | URL | undefined,
    readRequest: ReadRequest,
  ): Call | undefined
  /** Runs `send` as the inside of `call`: its span is active, and the layers below leave it alone. */
  hand<T>(call: Call, send: () => T): T
  /** As {@link hand}, where no layer below could take the call for one of its own. */
  enter<T>(call: Call, send: () => T): T
  /** The call of an upper layer that this code is inside of. */
  above(): Call | undefined
}

/** The key that OpenTelemetry's SDK marks its own exports with; keys of one name are one symbol. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** A context in which nothing is metered or traced. */
export function suppressed(active: Context): Context {
  return active.setValue(SUPPRESSED, true)
}

/** @param handed is, inside of a call that a layer has counted, that call */
export function createLayer(core: Core, handed: Pick<AsyncLocalStorage<Call>, 'getStore' | 'run'>): Layer {
  /** Whether a call that is under way was handed down to here; what comes after it (another try) is another one. */
  const inside = () => {
    const call = handed.getStore()
    return call !== undefined && call.over !== true
  }
  const layer: Layer = {
    above: () => handed.getStore(),
    find(method, address) {
      try {
        if (!mayBeMetered(method)) return undefined
        const target = core.find(address, method)
        return target && !inside() ? target : undefined
      } catch (error) {
        reportFailure('recognise a call', error)
        return undefined
      }
    },
    open(target, address, readRequest) {
      try {
        const active = context.active()
        if (active.getValue(SUPPRESSED) === true) return undefined
        return core.open(target, address, readRequest, active)
      } catch (error) {
        reportFailure('start a call', error)
        return undefined
      }
    },
    begin(method, addressOf, readRequest) {
      try {
        // Not more than this is asked of what is none of ours.
        if (!mayBeMetered(method) || inside()) return undefined
        const address = addressOf()
        const target = address === undefined ? undefined : core.find(address, method)
        return target && address !== undefined ? layer.open(target, address, readRequest) : undefined
      } catch (error) {
        reportFailure('start a call', error)
        return undefined
      }
    },
    hand: (call, send) => layer.enter(call, () => handed.run(call, send)),
    enter(call, send) {
      try {
        const { span } = call
        return span ? context.with(trace.setSpan(context.active(), span), send) : send()
      } catch (error) {
        call.end('refused', error)
        throw error
      }
    },
  }
  return layer
}
