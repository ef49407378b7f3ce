/**
 * A body that hands on every chunk of another body as the same bytes at the same pace, and shows each to a call.
 *
 * Invariant: nothing is read ahead (high water mark 0), nothing is kept, cancelling reaches the origin, and an
 * error of the origin is the same error here. The call sees a chunk, and the end, before the reader does.
 */
import type { Call } from './call.ts'
import { givenUp } from './given-up.ts'

/** @param reader of the origin; this body is the only one who uses it */
export function tapBody(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  call: Call,
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            call.end('done')
            controller.close()
            return
          }
          call.chunk(value)
          controller.enqueue(value)
        } catch (error) {
          call.end('cut', error)
          throw error
        }
      },
      cancel(reason) {
        call.end('cut', givenUp(reason))
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
