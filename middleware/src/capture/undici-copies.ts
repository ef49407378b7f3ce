/**
 * Copies of undici that the host has loaded: the class that all dispatchers of a copy are made of.
 *
 * Invariant: nothing is loaded for this, and a copy that cannot be found (in a bundle) is none of this file's.
 */
import { channel } from 'node:diagnostics_channel'
import Module from 'node:module'
import type { Dispatcher } from './undici-dispatcher.ts'

/** The module of the class: since undici 6 in a folder more. */
const BASE = /[\\/]lib[\\/](?:dispatcher[\\/])?dispatcher-base\.js$/
const REQUIRED = /(?:^|[\\/])dispatcher-base(?:\.js)?$/

/**
 * Tells of the prototype behind every dispatcher of each copy, of those that are loaded later as soon as they are
 * where Node says so (22.4 and later), else when it is asked to look again.
 */
export function watchCopies(found: (prototype: Dispatcher) => void): { look(): void; end(): void } {
  const tell = (loaded: unknown) => {
    const prototype = (loaded as { prototype?: Partial<Dispatcher> } | null | undefined)?.prototype
    if (typeof prototype?.dispatch === 'function') found(prototype as Dispatcher)
  }
  const { _cache: cache } = Module as unknown as { _cache?: Record<string, { exports?: unknown }> }
  const look = () => {
    for (const file in cache) if (BASE.test(file)) tell(cache[file]?.exports)
  }
  look()
  const required = channel('tracing:module.require:end')
  const onRequired = (message: unknown) => {
    const { id, result } = message as { id?: unknown; result?: unknown }
    if (typeof id === 'string' && REQUIRED.test(id)) tell(result)
  }
  required.subscribe(onRequired)
  return {
    look,
    end() {
      required.unsubscribe(onRequired)
    },
  }
}
