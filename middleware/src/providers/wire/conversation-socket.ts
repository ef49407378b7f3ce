/**
 * Conversations with an agent over a WebSocket: a connection is one call, billed by the second.
 *
 * Invariant: seconds that the server says go before those that the connection was open, which are an estimate of what
 * is billed.
 */
import { assign, textAt } from '../fields.ts'
import type { Endpoint, JsonObject, Metered, SocketReading, SocketSession, SocketStep } from '../provider.ts'
import { readError } from './errors.ts'
import { metered } from './metered.ts'

/** What a message of the server tells of its conversation. */
export interface ConversationNews {
  id?: string | undefined
  model?: string | undefined
  /** Seconds so far, as billed. */
  seconds?: unknown
  /** It has failed: a word for the error. */
  error?: string | undefined
}

export interface ConversationOptions {
  /** Cheap check for messages that `read` takes something from. */
  matters(data: string): boolean
  read(message: JsonObject): ConversationNews
  /** Dotted paths that `read` looks at. */
  paths: readonly string[]
  /** Calls within the conversation that are billed by themselves. */
  also?(message: JsonObject, session: SocketSession): readonly SocketStep[]
}

const CONNECTION = 'connection'

/** A conversation over a WebSocket. */
export function conversationSocket(path: string, options: ConversationOptions): Endpoint {
  const conversation: Endpoint = {
    path,
    operation: 'realtime',
    paths: ['error'],
    read(body, facts) {
      assign(facts, { responseId: textAt(body, 'id'), responseModel: textAt(body, 'model') })
      assign(facts, { error: textAt(body, 'error'), meter: body.meter as Metered | undefined })
      if (body.over === true) facts.complete = true
    },
  }
  const step = (body: JsonObject, done = false): SocketStep => ({
    id: CONNECTION,
    endpoint: conversation,
    body,
    done,
  })
  const socket: SocketReading = {
    matters: options.matters,
    textLength: () => undefined,
    paths: ['type', ...options.paths],
    open: () => [step({})],
    read(message, session) {
      const { seconds, model, ...news } = options.read(message)
      const meter = metered('conversation', seconds, 'second')
      if (meter) session.notes.set('billed', 1)
      const more = options.also?.(message, session) ?? []
      return [step({ ...news, ...(model ? { model } : {}), ...(meter ? { meter } : {}) }), ...more]
    },
    close({ notes, seconds }) {
      const meter = metered('conversation', seconds(), 'second')
      const guess = notes.has('billed') || !meter ? {} : { meter: { ...meter, from: 'request' } }
      return [step({ ...guess, over: true }, true)]
    },
  }
  return { ...conversation, method: 'GET', read: readError, socket }
}
