/**
 * OpenAI's live sessions over a WebSocket: by the second, and the responses that a session delegates by the token.
 *
 * Wire format: the types of the `openai` SDK (`live`). `session.usage.updated` and `session.closed` say the seconds so
 * far; `response.event` wraps an event of a response's stream.
 */
import { objectAt, textAt } from '../fields.ts'
import type { Endpoint } from '../provider.ts'
import { conversationSocket } from './conversation-socket.ts'
import { responses } from './openai-responses.ts'

const { stream, ...delegated } = responses()
const response: Endpoint = {
  ...delegated,
  read: (event, facts) => stream?.read(event, facts),
}
const BEGUN = 'response.created'
const OVER = /^response\.(?:completed|incomplete|failed)$/

/** Live sessions. */
export function liveSessions(): Endpoint {
  return conversationSocket('/live/sessions', {
    matters: (data) =>
      /"type"\s*:\s*"session\.(?:started|closed|usage\.updated)"/.test(data) ||
      /"type"\s*:\s*"response\.(?:created|completed|incomplete|failed)"/.test(data),
    paths: ['session.id', 'session.model', 'usage', ...(stream?.paths ?? []).map((path) => `event.${path}`)],
    read(message) {
      const session = objectAt(message, 'session')
      return {
        id: textAt(session, 'id'),
        model: textAt(session, 'model'),
        seconds: objectAt(message, 'usage')?.seconds,
      }
    },
    also(message) {
      const event = objectAt(message, 'event')
      const type = textAt(event, 'type') ?? ''
      const made = objectAt(event, 'response')
      const id = textAt(made, 'id')
      if (!event || id === undefined || (type !== BEGUN && !OVER.test(type))) return []
      return [{ id, endpoint: response, body: event, done: OVER.test(type), model: textAt(made, 'model') }]
    },
  })
}
