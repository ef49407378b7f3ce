/**
 * A recorder that also measures: every span that ends is counted, and in the metrics where somebody reads them.
 *
 * Invariant: the span is recorded first and the same, whatever measuring does.
 */
import { SpanKind } from '@opentelemetry/api'
import { reportFailure } from '../capture/report.ts'
import { measureCall, measureRequest } from './measurements.ts'
import type { Recorder } from './recorder.ts'

/** Measures what `recorder` records. */
export function measured(recorder: Recorder): Recorder {
  return {
    start(start) {
      const open = recorder.start(start)
      if (start.kind === SpanKind.INTERNAL) return open
      const measure = start.kind === SpanKind.SERVER ? measureRequest : measureCall
      const end: typeof open.end = (attributes, error, endTime, name) => {
        open.end(attributes, error, endTime, name)
        try {
          measure(attributes, start.attributes, (endTime - start.startTime) / 1_000)
        } catch (failure) {
          reportFailure('measure a span', failure)
        }
      }
      const { span, patient = false, identity } = open
      return identity ? { span, patient, identity, end } : { span, patient, end }
    },
    flush: (timeoutMs) => recorder.flush(timeoutMs),
    shutdown: (timeoutMs) => recorder.shutdown(timeoutMs),
  }
}
