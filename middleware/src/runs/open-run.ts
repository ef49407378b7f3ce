/**
 * A run under way: one span, and the scope of the calls inside.
 *
 * Invariant: it ends exactly once, with the first word about how; none of its methods throws, and without an
 * installation the work is done all the same.
 */
import { type Attributes, type Context, context, SpanKind, trace } from '@opentelemetry/api'
import type { Attribution } from '../attribution.ts'
import { reportFailure } from '../capture/report.ts'
import { current } from '../install.ts'
import type { Meter } from '../meter.ts'
import type { Scope } from '../serving.ts'
import { ATTR, type RunStatus } from '../telemetry/attributes.ts'
import { addCustom, type CustomAttributes } from '../telemetry/custom-attributes.ts'
import type { OpenSpan } from '../telemetry/recorder.ts'
import { configHash } from './config-hash.ts'
import { errorCode } from './error-code.ts'
import { closed, opened } from './open-runs.ts'
import { type RunLimits, settleRun } from './run-limits.ts'

/** What is known of a run when it begins, and for whom it is. */
export interface RunOptions extends Omit<Attribution, 'run'> {
  /** Its id where there is one already, such as a row's; a random UUID unless said. */
  id?: string | undefined
  /** What sort of run: `scheduled`, `test`. */
  kind?: string | undefined
  /** What it is configured with: only a fingerprint of it is recorded. */
  config?: unknown
  /** What it is about: ids of the service's own things. */
  ref?: CustomAttributes | undefined
}

/** A run under way. */
export interface Run {
  readonly id: string
  readonly name: string
  readonly status: RunStatus
  /** Adds what the run says of itself, such as `{ commits_processed: 12 }`; the last word on a name counts. */
  set(attributes: CustomAttributes): void
  /** Does `work` as part of the run: calls and meters inside carry its id. */
  within<T>(work: () => T): T
  succeed(): void
  /** @param error what was thrown, or a code; its message is not recorded */
  fail(error?: unknown): void
  /** @param code why, as a code */
  cancel(code?: string): void
}

const MAX_LENGTH = 256

export class OpenRun implements Run {
  readonly id: string
  readonly name: string
  #status: RunStatus = 'running'
  #span: OpenSpan | undefined
  #scope: Scope
  #entered: Context
  readonly #said: Attributes = {}
  readonly #startedAt: number = Date.now()
  readonly #startedTick: number = performance.now()

  #limits: RunLimits | undefined

  /** @param limits what was asked before; absent = it is only counted */
  constructor(name: string, options: RunOptions, limits?: RunLimits) {
    this.name = String(name).slice(0, MAX_LENGTH)
    this.id = String(options.id ?? crypto.randomUUID()).slice(0, MAX_LENGTH)
    const { scope: outer, meter } = current()
    this.#entered = context.active()
    this.#scope = {
      meter: outer?.meter,
      request: outer?.request,
      attribution: { ...outer?.attribution, ...said(options), run: { id: this.id, name: this.name } },
      server: outer?.server,
    }
    try {
      if (!meter) throw new Error('no meter is installed')
      const { request, attribution } = this.#scope
      const attributes = { ...beginning(options), ...meter.attributes(request, attribution) }
      this.#limits = limits ?? (meter.quota && { meter, attributes })
      this.#span = meter.recorder.start({
        name: `run ${this.name}`,
        kind: SpanKind.INTERNAL,
        startTime: this.#startedAt,
        parent: outer?.server ? trace.setSpan(this.#entered, outer.server) : this.#entered,
        attributes,
      })
      this.#enter(this.#span)
      opened(this)
    } catch (error) {
      reportFailure('begin a run', error)
    }
  }

  /** Calls inside become children of the run's span: by the host's context where that works, else by ours. */
  #enter({ span, identity }: OpenSpan): void {
    if (span) this.#entered = trace.setSpan(this.#entered, span)
    if (span && context.with(this.#entered, () => trace.getSpan(context.active()) === span)) {
      this.#scope.server = undefined
      return
    }
    if (span ?? identity) this.#scope.server = span ?? (identity && trace.wrapSpanContext(identity))
  }

  get status(): RunStatus {
    return this.#status
  }

  set(attributes: CustomAttributes): void {
    try {
      addCustom(this.#said, attributes, ATTR.runSetPrefix)
    } catch (error) {
      reportFailure("add a run's attributes", error)
    }
  }

  within<T>(work: () => T): T {
    return context.with(this.#entered, () => current().scopes.run(this.#scope, work))
  }

  succeed(): void {
    this.#end('success', undefined)
  }

  fail(error?: unknown): void {
    this.#end('failed', errorCode(error))
  }

  cancel(code = 'cancelled'): void {
    this.#end('cancelled', errorCode(code))
  }

  interrupt(code: string): void {
    this.#end('cancelled', code)
  }

  #end(status: RunStatus, error: string | undefined): void {
    if (this.#status !== 'running') return
    this.#status = status
    closed(this)
    if (this.#limits) settleRun(this.#limits, status)
    try {
      const attributes: Attributes = { ...this.#said, [ATTR.runStatus]: status }
      if (error !== undefined) attributes[ATTR.errorType] = error
      const endTime = this.#startedAt + (performance.now() - this.#startedTick)
      // Whoever cancels a run wants it so: that is no error of the service.
      this.#span?.end(attributes, status === 'failed' ? error : undefined, endTime)
    } catch (failure) {
      reportFailure('end a run', failure)
    }
  }
}

/** Attributes of a run that has not begun. */
export function runAttributes(options: RunOptions): { meter: Meter; attributes: Attributes } | undefined {
  const { scope: outer, meter } = current()
  if (!meter?.quota) return undefined
  const own = meter.attributes(outer?.request, { ...outer?.attribution, ...said(options) })
  return { meter, attributes: { ...own, ...(options.kind ? { [ATTR.runKind]: options.kind } : {}) } }
}

function said({ tenant, user, key, agent, conversation, feature }: RunOptions): Attribution {
  const all = Object.entries({ tenant, user, key, agent, conversation, feature })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}

function beginning({ kind, config, ref }: RunOptions): Attributes {
  const attributes: Attributes = { [ATTR.runStatus]: 'running' }
  if (kind) attributes[ATTR.runKind] = kind.slice(0, MAX_LENGTH)
  if (ref) addCustom(attributes, ref, ATTR.runRefPrefix)
  if (config !== undefined) {
    try {
      attributes[ATTR.runConfigHash] = configHash(config)
    } catch (error) {
      reportFailure("take the fingerprint of a run's configuration", error)
    }
  }
  return attributes
}
