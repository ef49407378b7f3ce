/**
 * How a call begins that a transport has recognised: whose it is, and what it may cost.
 *
 * Invariant: calls without an end are bounded in number.
 */
import { Call } from './capture/call.ts'
import type { CallStart } from './capture/call-start.ts'
import type { Core } from './capture/layer.ts'
import { reportFailure } from './capture/report.ts'
import type { Meter } from './meter.ts'
import { withOutputFields } from './quota/max-output.ts'
import type { Shared } from './shared-state.ts'

/** More open calls than this are a leak: the oldest is ended. */
const MAX_OPEN = 10_000

/** Starts a call; `undefined` where there is no meter. */
export function openCall(
  state: Shared,
  ...[target, address, readRequest, active]: Parameters<Core['open']>
): Call | undefined {
  state.dispatchers?.refresh()
  const scope = state.scopes.getStore()
  const meter = scope?.meter ?? state.meters[0]
  if (!meter) return undefined
  // Key by key: a spread before further keys gives every call's start a shape of its own making, which costs more
  // than all the rest of its beginning.
  const { endpoint } = target.match
  const start: CallStart = {
    target,
    address,
    active,
    request: readRequest(meter.quota ? withOutputFields(endpoint.request?.paths) : endpoint.request?.paths),
    gate: undefined,
    jobs: state.jobs,
    unitPrice: meter.unitPrice,
    injectStreamUsage: meter.injectStreamUsage,
    recorder: meter.recorder,
    attributes: meter.attributes(scope?.request, scope?.attribution),
    server: scope?.server,
    again: endpoint.socket ? (another) => opened(state, another, meter) : undefined,
    onEnd: state.forget,
  }
  return opened(state, start, meter)
}

function opened(state: Shared, start: CallStart, { quota }: Meter): Call {
  if (quota) {
    const { provider, endpoint, priceBook, model } = start.target.match
    start.gate = quota.gate(
      {
        provider: provider.name,
        priceBook: priceBook ?? provider.priceBook ?? provider.name,
        operation: endpoint.operation,
        model: start.request.model ?? model,
        length: start.request.length,
        maxOutput: undefined,
      },
      start.attributes,
    )
  }
  const call = new Call(start)
  state.open.add(call)
  if (state.open.size > MAX_OPEN) {
    const [oldest] = state.open
    oldest?.end('unread')
    reportFailure(
      'keep a call open',
      new Error(`more than ${MAX_OPEN} calls have no end; the oldest was ended`),
    )
  }
  return call
}
