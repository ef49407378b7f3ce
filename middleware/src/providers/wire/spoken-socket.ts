/**
 * Text to speech over a WebSocket, billed by the characters that the client sends.
 *
 * Invariant: texts are counted and dropped; what only the client said is marked as an estimate of what is billed.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, characters, decimalText, textAt } from '../fields.ts'
import type { Endpoint, SocketReading } from '../provider.ts'
import { readError } from './errors.ts'

export interface SpokenSocketOptions {
  /** Where a message of the client has its text. */
  text: string
  /** Where a message of the client, or the query, names the model. */
  model: string
  /** Where messages of both sides say which of several texts they belong to; absent = the connection is one call. */
  context?: string
}

const CONNECTION = 'connection'

/** Speech over a WebSocket. */
export function spokenSocket(path: string, { text, model, context }: SpokenSocketOptions): Endpoint {
  const spoken: Endpoint = {
    path,
    operation: 'speech',
    attributes: { [ATTR.outputType]: 'speech' },
    paths: ['error'],
    read(body, facts) {
      readError(body, facts)
      const said = Number(body.said ?? 0)
      if (said > 0) {
        const before = Number(decimalText(facts.meter?.quantity) ?? 0)
        facts.meter = { name: 'speech', quantity: before + said, unit: 'character', from: 'request' }
      }
      if (body.done === true) facts.complete = true
    },
  }
  const socket: SocketReading = {
    matters: (data) => data.includes('"error"') || (context !== undefined && /"done"/.test(data)),
    mattersSent: (data) => data.includes(`"${text}"`),
    textLength: (data) => (/"(?:audio|data|audio_base64)"/.test(data) ? 0 : undefined),
    paths: ['type', 'done', 'error', text, model, ...(context === undefined ? [] : [context])],
    read(message) {
      const id = context === undefined ? CONNECTION : textAt(message, context)
      const failed = message.type === 'error' || message.error !== undefined
      if (id === undefined || !(failed || message.type === 'done')) return []
      const body = failed ? { ...message, type: 'error' } : { done: true }
      return [{ id, endpoint: spoken, body, done: true }]
    },
    readSent(message, session) {
      const said = textAt(message, text)
      if (said === undefined || said.trim() === '') return []
      session.model = textAt(message, model) ?? session.model
      const id = context === undefined ? CONNECTION : (textAt(message, context) ?? CONNECTION)
      session.notes.set(CONNECTION, id)
      return [{ id, endpoint: spoken, body: { said: characters(said) } }]
    },
    close: ({ notes }) =>
      context === undefined && notes.has(CONNECTION)
        ? [{ id: CONNECTION, endpoint: spoken, body: { done: true }, done: true }]
        : [],
  }
  return {
    ...spoken,
    method: 'GET',
    request: {
      paths: [],
      query: [model],
      read: (fields, facts) => assign(facts, { requestModel: textAt(fields, model) }),
    },
    socket,
  }
}
