/**
 * The host's recorder, which tells the developer where nobody hears what it records.
 *
 * Invariant: it is asked at the first span, because providers may be registered until then, and not again.
 */
import { warnOnce } from '../warn-once.ts'
import { sinks } from './measurements.ts'
import { createHostRecorder, hasRegisteredProvider, type Recorder } from './recorder.ts'

const UNHEARD =
  'calls are metered, but go nowhere: there is no `endpoint`, and no tracer provider is registered; ' +
  "set `endpoint` to the collector's base URL, or start your OpenTelemetry SDK before the first call"

/** As {@link createHostRecorder}. */
export function createHeardRecorder(): Recorder {
  const recorder = createHostRecorder()
  const { start } = recorder
  recorder.start = (first) => {
    recorder.start = start
    if (!hasRegisteredProvider() && ![...sinks()].some((sink) => sink.ready())) warnOnce(UNHEARD)
    return start(first)
  }
  return recorder
}
