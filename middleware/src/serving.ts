/**
 * One request that the host answers: who asked for it, and its SERVER span.
 *
 * Invariant: what fails in here costs attribution or a span, never the request; a request that passes several
 * adapters (a middleware in a router in an application) has one span.
 */
import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, type Span, trace } from '@opentelemetry/api'
import type { Attribution } from './attribution.ts'
import { reportFailure } from './capture/report.ts'
import type { Meter } from './meter.ts'
import type { Arrived, Quota } from './quota/quota.ts'
import { type Arrival, type Departure, openServerSpan, type ServerSpan } from './server-span.ts'

/** What the code that runs now is doing, and for whom. */
export interface Scope {
  meter: Meter | undefined
  /** `context` is the framework's; `source` is the request itself, by which adapters recognise it. */
  request: { context: unknown; source?: object } | undefined
  attribution: Attribution | undefined
  /** SERVER span of the request, where the host's context does not carry it to the calls inside. */
  server?: Span | undefined
}

/** A request that is being answered, as an adapter uses it. */
export interface Serving {
  /** Whether another adapter brought this request here already: then its end is that one's to tell. */
  readonly nested: boolean
  /** Whether the code that runs now belongs to this request. */
  isCurrent(): boolean
  /** What the budgets of the request say; `undefined` = nobody is asked. */
  limits(): Arrived | Promise<Arrived> | undefined
  /** Runs `work` so that the calls it makes are the request's. */
  run<T>(work: () => T): T
  /** The response is complete or given up; only the first word counts. */
  end(departure: Departure): void
}

/**
 * Begins to serve a request.
 *
 * @param source the object that stands for the request in every adapter that it passes
 * @param arrive reads what the span says of the request
 */
export function serve(
  scopes: AsyncLocalStorage<Scope>,
  meter: Meter,
  requestContext: unknown,
  source: object,
  arrive: () => Arrival,
): Serving {
  const outer = scopes.getStore()
  const nested = outer?.request?.source === source
  const request = { context: requestContext, source }
  const scope: Scope = { meter, request, attribution: nested ? outer?.attribution : undefined }
  let entered = context.active()
  let server: ServerSpan | undefined
  if (nested) scope.server = outer?.server
  else if (meter.serverSpans) {
    server = open(meter, arrive)
    if (server?.shared) entered = trace.setSpan(entered, server.span)
    if (server && !(server.shared && carries(entered, server.span))) scope.server = server.span
  }
  return {
    nested,
    isCurrent: () => scopes.getStore()?.request?.source === source,
    limits: () => (nested ? undefined : ask(meter, request)),
    run: (work) => context.with(entered, () => scopes.run(scope, work)),
    end: (departure) => server?.end(departure, () => meter.attributes(request, undefined)),
  }
}

function ask(meter: Meter, request: Scope['request']): Arrived | Promise<Arrived> | undefined {
  const { quota } = meter
  if (!quota || !(quota.refuseRequests || quota.warnings)) return undefined
  try {
    const asked = quota.arrival(meter.attributes(request, undefined))
    if (!(asked instanceof Promise)) return wanted(quota, asked)
    return asked.then((arrived) => wanted(quota, arrived))
  } catch (error) {
    reportFailure('ask the budgets of a request', error)
    return undefined
  }
}

function wanted({ refuseRequests, warnings }: Quota, { refusal, near }: Arrived): Arrived {
  return { ...(refuseRequests && refusal ? { refusal } : {}), near: warnings ? near : [] }
}

function open(meter: Meter, arrive: () => Arrival): ServerSpan | undefined {
  try {
    return openServerSpan(meter.recorder, arrive())
  } catch (error) {
    reportFailure("open a request's span", error)
    return undefined
  }
}

/** Whether the host has a context manager that keeps what it is given. */
function carries(entered: Context, span: Span): boolean {
  return context.with(entered, () => trace.getSpan(context.active()) === span)
}
