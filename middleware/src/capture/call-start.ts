/**
 * What a call is made from, and what it is shown of its answer.
 *
 * Invariant: only what transports and the core know of each other.
 */
import type { Attributes, Context, Span } from '@opentelemetry/api'
import type { FindUnitPrice } from '../pricing/unit-prices.ts'
import type { Target } from '../providers/targets.ts'
import type { CallGate } from '../quota/call-gate.ts'
import type { Recorder } from '../telemetry/recorder.ts'
import type { Call } from './call.ts'
import type { Jobs } from './jobs.ts'
import type { RequestFacts } from './request.ts'

export interface CallStart {
  target: Target
  /** The whole address, for endpoints that read its query. */
  address: string | URL
  request: RequestFacts
  recorder: Recorder
  /** Attribution, and whatever else the span carries from its start. */
  attributes: Attributes
  /** SERVER span that the call belongs to, where the host's context does not carry it. */
  server?: Span | undefined
  /** The host's context at the time of the call; absent = the active one. */
  active?: Context
  /** Jobs that calls have begun and ask for; absent = none are known. */
  jobs?: Jobs
  /** Prices that the user stated. */
  unitPrice?: FindUnitPrice | undefined
  /** Decides whether the call may be made; absent = it may. */
  gate?: CallGate | undefined
  /** Chat streams are asked for their usage. */
  injectStreamUsage?: boolean | undefined
  /** Begins another call, over the connection that this one's request has opened. */
  again?: ((start: CallStart) => Call) | undefined
  /** Called once, when the call has ended. */
  onEnd(call: Call): void
}

/** The head of an answer, as every transport has it; a fetch `Response` is one. */
export interface AnswerHead {
  status: number
  headers: {
    /** @param name in lower case */
    get(name: string): string | null
  }
}
