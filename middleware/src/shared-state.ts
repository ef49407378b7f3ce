/**
 * What is installed in this process.
 *
 * Invariant: one state on `globalThis`, whatever copies of this package and module systems take part.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Call } from './capture/call.ts'
import { Jobs } from './capture/jobs.ts'
import type { Layer } from './capture/layer.ts'
import type { DispatcherCapture } from './capture/undici-dispatcher.ts'
import type { Meter } from './meter.ts'
import { HostTable } from './providers/registry.ts'
import type { Scope } from './serving.ts'

/** What all copies of this package in the process share. */
export interface Shared {
  scopes: AsyncLocalStorage<Scope>
  hosts: HostTable
  /** The first one also takes the calls that no request makes. */
  meters: Meter[]
  /** Jobs that calls have begun. */
  jobs: Jobs
  /** Calls without an end yet, oldest first. */
  open: Set<Call>
  /** Takes a call out of those. */
  forget: (call: Call) => void
  /** The call of an upper transport that runs now. */
  handed: AsyncLocalStorage<Call>
  layer: Layer | undefined
  dispatchers: DispatcherCapture | undefined
  restore: (() => void) | undefined
}

const KEY = Symbol.for('spanmeter.state.v2')

/** The state of this process. */
export function shared(): Shared {
  const holder = globalThis as { [KEY]?: Shared }
  holder[KEY] ??= createShared()
  return holder[KEY]
}

function createShared(): Shared {
  const open = new Set<Call>()
  return {
    scopes: new AsyncLocalStorage(),
    hosts: new HostTable(),
    meters: [],
    jobs: new Jobs(),
    open,
    forget: (call) => open.delete(call),
    handed: new AsyncLocalStorage(),
    layer: undefined,
    dispatchers: undefined,
    restore: undefined,
  }
}

/** The meter that a call belongs to which is made now. */
export function meterNow(state: Shared): Meter | undefined {
  return state.scopes.getStore()?.meter ?? state.meters[0]
}
