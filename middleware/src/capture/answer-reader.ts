/**
 * Reads one answer as its bytes pass by, into {@link CallFacts}.
 *
 * Invariant: content is looked at only as far as needed to find what is not content, and never kept.
 */
import type { CallFacts, Endpoint, EventStream } from '../providers/provider.ts'
import { createJsonBody, parseObject } from '../streams/json-body.ts'
import { createJsonPicker } from '../streams/json-picker.ts'
import { decodeUtf8 } from '../streams/latin1.ts'
import { createSseParser } from '../streams/sse.ts'

export interface AnswerReader {
  /** @param latin1 the next bytes, one character each */
  push(latin1: string): void
  end(): void
  /** Characters of generated text so far. */
  readonly textLength: number
}

/** @param contentType of the answer; only event streams of endpoints that have them are read as such */
export function createAnswerReader(endpoint: Endpoint, contentType: string, facts: CallFacts): AnswerReader {
  if (endpoint.stream && contentType.startsWith('text/event-stream')) {
    return createStreamReader(endpoint.stream, facts)
  }
  const body = createJsonBody(endpoint.paths)
  return {
    textLength: 0,
    push: (latin1) => body.push(latin1),
    end() {
      const parsed = body.end()
      if (parsed) endpoint.read(parsed, facts)
    },
  }
}

function createStreamReader(stream: EventStream, facts: CallFacts): AnswerReader {
  let textLength = 0
  const parser = createSseParser({
    onEvent(event, data) {
      if (data === stream.terminator) {
        facts.complete = true
        return
      }
      textLength += stream.textLength(event, data)
      if (!stream.matters(event, data)) return
      const body = parseObject(decodeUtf8(data))
      if (body) stream.read(body, facts)
    },
    onLargeEvent() {
      const picker = createJsonPicker(stream.paths, 'latin1')
      return {
        push: (latin1) => picker.push(latin1),
        end() {
          const body = picker.end()
          if (body) stream.read(body, facts)
        },
      }
    },
  })
  return {
    get textLength() {
      return textLength
    },
    push: (text) => parser.push(text),
    end() {
      parser.end()
      if (stream.endsUnmarked && facts.error === undefined) facts.complete = true
    },
  }
}
