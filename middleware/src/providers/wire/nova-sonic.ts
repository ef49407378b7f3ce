/**
 * Amazon Nova Sonic on Bedrock: speech in both directions over one HTTP/2 stream, in tokens of speech and of text.
 *
 * Wire format: https://docs.aws.amazon.com/nova/latest/userguide/output-events.html. Each `usageEvent` says what the
 * session has used so far: the last one counts, also where the session is broken off.
 */
import { assign, countAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'

/** @param event what a `chunk` has wrapped */
function readSonic(event: JsonObject, facts: CallFacts): void {
  const said = objectAt(objectAt(event, 'event'), 'usageEvent')
  const total = objectAt(objectAt(said, 'details'), 'total')
  const [heard, spoken] = [objectAt(total, 'input'), objectAt(total, 'output')]
  const input = countAt(said, 'totalInputTokens')
  if (input === undefined) return
  facts.usage = { input, output: countAt(said, 'totalOutputTokens') ?? 0 }
  assign(facts.usage, {
    audioInput: countAt(heard, 'speechTokens'),
    audioOutput: countAt(spoken, 'speechTokens'),
  })
  assign(facts, { responseId: textAt(said, 'sessionId') })
}

/**
 * @param unwrap gives the event inside of a `chunk`, one character per byte
 * @param open gives the same, parsed
 */
export function novaSonic(
  unwrap: (data: string) => string,
  open: (chunk: JsonObject) => JsonObject | undefined,
): Endpoint {
  return {
    path: '/model/{model}/invoke-with-bidirectional-stream',
    operation: 'realtime',
    paths: ['message'],
    read() {},
    stream: {
      paths: ['bytes'],
      endsUnmarked: true,
      matters: (_event, data) => unwrap(data).includes('"usageEvent"'),
      textLength(_event, data) {
        const event = unwrap(data)
        return event.includes('"textOutput"') ? quotedLength(event, 'content') : 0
      },
      read(chunk, facts) {
        const event = open(chunk)
        if (event) readSonic(event, facts)
      },
    },
  }
}
