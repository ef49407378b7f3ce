/**
 * A body that hands on every chunk of another body as the same bytes at the same pace, and shows each to a call.
 *
 * Invariant: nothing is read ahead (high water mark 0), nothing is kept, cancelling reaches the origin, and an
 * error of the origin is the same error here. The call sees a chunk, and the end, before the reader does.
 */
import type { Call } from './call.ts'

/** @param body an unread body; it is locked when the first chunk is asked for */
export function tapBody(body: ReadableStream<Uint8Array>, call: Call): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  const pull = (controller: ReadableByteStreamController): Promise<void> => {
    reader ??= body.getReader()
    return reader.read().then(
      ({ done, value }) => {
        if (done) {
          call.end('done')
          controller.close()
          // A reader with a buffer of its own waits for the answer to its request, even for none.
          controller.byobRequest?.respond(0)
          return
        }
        call.chunk(value)
        if (value.byteLength === 0) return pull(controller)
        controller.enqueue(value as Uint8Array<ArrayBuffer>)
      },
      (error: unknown) => {
        call.end('cut', error)
        throw error
      },
    )
  }
  return new ReadableStream(
    {
      type: 'bytes',
      pull,
      cancel(reason) {
        call.end('cut', reason)
        return reader ? reader.cancel(reason) : body.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
