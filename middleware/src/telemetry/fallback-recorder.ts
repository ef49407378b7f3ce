/**
 * Records with the provider that the host registered, and to an endpoint as long as there is none.
 *
 * Invariant: a span goes one of the two ways, decided when it starts; the SDK is loaded only when it is needed.
 */
import { createEndpointRecorder, type EndpointOptions } from './endpoint-recorder.ts'
import { createHostRecorder, hasRegisteredProvider, type Recorder } from './recorder.ts'

export function createFallbackRecorder(options: EndpointOptions): Recorder {
  const host = createHostRecorder()
  let own: Recorder | undefined
  const both = async (work: (recorder: Recorder) => Promise<void>) => {
    await Promise.all([work(host), own && work(own)])
  }
  return {
    start(start) {
      if (hasRegisteredProvider()) return host.start(start)
      own ??= createEndpointRecorder(options)
      return own.start(start)
    },
    flush: (timeoutMs) => both((recorder) => recorder.flush(timeoutMs)),
    shutdown: (timeoutMs) => both((recorder) => recorder.shutdown(timeoutMs)),
  }
}
