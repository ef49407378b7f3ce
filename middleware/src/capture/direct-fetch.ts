/**
 * What a metered `fetch` knows of dispatchers that count calls by themselves.
 *
 * Invariant: nothing of Node is needed here: at the edge there is no dispatcher, and calls are counted elsewhere.
 */
import type { Target } from '../providers/targets.ts'
import type { Call } from './call.ts'

/** Says to another metered `fetch` below that the call is counted already. */
export const METERED: unique symbol = Symbol.for('spanmeter.dispatcher.v1') as never

/** How a `fetch` is asked to count by itself. */
export interface DirectFetch {
  /** Whether the function behind does what a dispatcher says, which only undici's own do. */
  works: boolean
  /** The request with a dispatcher that counts it. */
  counted(target: Target, address: string, init: RequestInit | undefined): RequestInit
  /** The same for a call that has begun already; should it never be sent, its end is the caller's to tell. */
  carrying(call: Call, init: RequestInit | undefined): RequestInit
  /** The request with a dispatcher that only finds out whether it is asked. */
  probing(init: RequestInit | undefined): RequestInit | undefined
}

/** Whether a request has a dispatcher that counts it. */
export function isCounted(init: RequestInit | undefined): boolean {
  const dispatcher = (init as { dispatcher?: { [METERED]?: true } } | undefined)?.dispatcher
  return dispatcher?.[METERED] === true
}

/** Whether an init can be copied without changing what `fetch` sees of it. */
export function isPlain(init: RequestInit | undefined): boolean {
  if (init === undefined) return true
  const prototype: unknown = Object.getPrototypeOf(init)
  return prototype === Object.prototype || prototype === null
}
