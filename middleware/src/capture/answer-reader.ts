/**
 * Reads one answer as its bytes pass by, into {@link CallFacts}.
 *
 * Invariant: content is looked at only as far as needed to find what is not content, and never kept.
 */
import type { CallFacts, Endpoint, EventStream, JsonObject } from '../providers/provider.ts'
import { createAwsEventStreamParser } from '../streams/aws-event-stream.ts'
import { createJsonBody, parseObject } from '../streams/json-body.ts'
import { createJsonObjectsParser } from '../streams/json-objects.ts'
import { createJsonPicker } from '../streams/json-picker.ts'
import { decodeUtf8 } from '../streams/latin1.ts'
import { createSseParser, type LargeEvent } from '../streams/sse.ts'

const MEDIA = /^(?:audio|image|video)\//

export interface AnswerReader {
  /** @param latin1 the next bytes, one character each */
  push(latin1: string): void
  end(): void
  /** Whether the answer is a stream of events. */
  readonly streamed: boolean
  /** Characters of generated text so far. */
  readonly textLength: number
}

/** @param contentType of the answer; only streams of endpoints that have them are read as such */
export function createAnswerReader(endpoint: Endpoint, contentType: string, facts: CallFacts): AnswerReader {
  const { stream } = endpoint
  const whole = contentType === 'application/json' || contentType.startsWith('application/json;')
  if (!whole || stream?.asArray || stream?.lines) {
    const framing = stream && framingOf(stream, contentType)
    if (stream && framing) return createStreamReader(stream, framing, facts)
    if (MEDIA.test(contentType) || contentType.startsWith('application/octet-stream'))
      return createBlindReader()
  }
  const body = createJsonBody(endpoint.paths, endpoint.counts)
  return {
    streamed: false,
    textLength: 0,
    push: body.push,
    end() {
      const parsed = body.end()
      if (parsed) endpoint.read(parsed, facts)
    },
  }
}

/** For answers that hold nothing but what was made. */
function createBlindReader(): AnswerReader {
  return { streamed: false, textLength: 0, push() {}, end() {} }
}

/** Reads an answer that somebody else has parsed already. */
export function readParsed(endpoint: Endpoint, value: unknown, facts: CallFacts): void {
  if (!Array.isArray(value)) {
    if (typeof value === 'object' && value !== null) endpoint.read(value as JsonObject, facts)
    return
  }
  const { stream } = endpoint
  if (!stream?.asArray) return
  for (const part of value) if (typeof part === 'object' && part !== null) stream.read(part, facts)
  end(stream, facts)
}

type Framing = 'sse' | 'objects' | 'aws'

function framingOf(stream: EventStream, contentType: string): Framing | undefined {
  if (stream.lines) return MEDIA.test(contentType) ? undefined : 'objects'
  if (contentType.startsWith('text/event-stream')) return 'sse'
  if (/^application\/(?:(?:x-)?ndjson|stream\+json|(?:x-)?jsonl(?:ines)?)\b/.test(contentType))
    return 'objects'
  if (contentType.startsWith('application/vnd.amazon.eventstream')) return 'aws'
  return stream.asArray && contentType.startsWith('application/json') ? 'objects' : undefined
}

function end(stream: EventStream, facts: CallFacts): void {
  if (stream.endsUnmarked && facts.error === undefined) facts.complete = true
  // A file of results that was read to its end is all that there is to say of its job.
  if (stream.lines && facts.job && facts.usage) facts.job.done = true
}

function createStreamReader(stream: EventStream, framing: Framing, facts: CallFacts): AnswerReader {
  let textLength = 0
  function onEvent(event: string, data: string): void {
    if (data === stream.terminator) {
      facts.complete = true
      return
    }
    textLength += stream.textLength(event, data)
    if (!stream.matters(event, data)) return
    const body = parseObject(decodeUtf8(data))
    if (body) stream.read(body, facts)
  }
  function onLarge(): LargeEvent {
    const picker = createJsonPicker(stream.paths, 'latin1')
    return {
      push: (latin1) => picker.push(latin1),
      end() {
        const body = picker.end()
        if (body) stream.read(body, facts)
      },
    }
  }
  function onException(type: string): void {
    facts.error = type === '' ? '_OTHER' : type.slice(0, 64)
  }
  const parser = createParser(framing, { onEvent, onLargeEvent: onLarge, onException })
  return {
    streamed: true,
    get textLength() {
      return textLength
    },
    push: parser.push,
    end() {
      parser.end()
      end(stream, facts)
    },
  }
}

interface EventHandlers {
  onEvent(event: string, data: string): void
  onLargeEvent(): LargeEvent
  onException(type: string): void
}

function createParser(framing: Framing, handlers: EventHandlers): { push(text: string): void; end(): void } {
  if (framing === 'sse') return createSseParser(handlers)
  if (framing === 'aws') return createAwsEventStreamParser(handlers)
  const { onEvent, onLargeEvent } = handlers
  return createJsonObjectsParser({ onObject: (data) => onEvent('', data), onLargeObject: onLargeEvent })
}
