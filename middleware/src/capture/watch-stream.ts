/**
 * Watches what is read from a body, on the very stream that the response has.
 *
 * Invariant: chunks are seen by the call before the reader has them, in the turn in which they arrive; nothing is
 * read ahead and nothing is kept. No second stream is made where somebody reads (that would double the cost of
 * every chunk), only where somebody pipes or tees.
 */
import type { Call } from './call.ts'
import { givenUp } from './given-up.ts'
import { tapBody } from './tap-body.ts'

type Bytes = ReadableStream<Uint8Array>
type Result = ReadableStreamReadResult<Uint8Array>

export type WatchStream = (stream: Bytes, call: Call) => void

/** @param unread ends the calls whose streams were thrown away before their end */
export function createStreamWatcher(unread: FinalizationRegistry<Call>): WatchStream {
  const calls = new WeakMap<object, Call>()
  const original = ReadableStream.prototype as Bytes

  function see(call: Call, result: Result): Result {
    if (result.done) call.end('done')
    else call.chunk(result.value)
    return result
  }

  /** Puts a watching `read` (or `next`) and `cancel` (or `return`) before those of a reader (or iterator). */
  function watchReads<T extends object>(target: T, call: Call, readName: keyof T, cancelName: keyof T): T {
    type Method = (this: T, ...args: unknown[]) => Promise<Result>
    const read = target[readName] as Method
    const cancel = target[cancelName] as Method
    const onResult = (result: Result) => see(call, result)
    const onError = (error: unknown): never => {
      call.end('cut', error)
      throw error
    }
    const methods = {
      [readName]: (...args: unknown[]) => read.apply(target, args).then(onResult, onError),
      [cancelName]: (...args: unknown[]) => {
        call.end('cut', givenUp(args[0]))
        return cancel.apply(target, args)
      },
    }
    return Object.assign(target, methods)
  }

  const watched = {
    getReader(this: Bytes, options?: never) {
      const reader = original.getReader.call(this, options) as ReadableStreamDefaultReader<Uint8Array>
      const call = calls.get(this)
      return call?.claim(this) ? watchReads(reader, call, 'read', 'cancel') : reader
    },
    values(this: Bytes, options?: ReadableStreamIteratorOptions) {
      const iterator = original.values.call(this, options)
      const call = calls.get(this)
      return call?.claim(this) ? (watchReads(iterator, call, 'next', 'return') as typeof iterator) : iterator
    },
    cancel(this: Bytes, reason?: unknown) {
      if (!this.locked) calls.get(this)?.end('cut', givenUp(reason))
      return original.cancel.call(this, reason)
    },
    pipeTo(this: Bytes, destination: WritableStream<Uint8Array>, options?: StreamPipeOptions) {
      return original.pipeTo.call(tapped(this), destination, options)
    },
    pipeThrough<T>(this: Bytes, pair: ReadableWritablePair<T, Uint8Array>, options?: StreamPipeOptions) {
      return original.pipeThrough.call(tapped(this), pair, options)
    },
    tee(this: Bytes) {
      return original.tee.call(tapped(this))
    },
  }
  const prototype: object = Object.create(original, {
    ...Object.getOwnPropertyDescriptors(watched),
    [Symbol.asyncIterator]: { value: watched.values, configurable: true, writable: true },
  })

  /** The stream itself where it is not ours to watch or cannot be piped anyway. */
  function tapped(stream: Bytes): Bytes {
    const call = calls.get(stream)
    if (!call || stream.locked || !call.claim(stream)) return stream
    return tapBody(original.getReader.call(stream) as ReadableStreamDefaultReader<Uint8Array>, call)
  }

  return (stream, call) => {
    if (calls.has(stream)) return
    calls.set(stream, call)
    Object.setPrototypeOf(stream, prototype)
    unread.register(stream, call)
  }
}
