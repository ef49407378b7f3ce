/**
 * Speech to text over a WebSocket: a connection is one call, billed by the seconds that its last message says.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, textAt } from '../fields.ts'
import type { Endpoint, JsonObject, Metered, SocketSession } from '../provider.ts'
import { metered } from './metered.ts'

export interface HeardSocketOptions {
  /** Where the query names the model. */
  model: string
  /** `type` of the message that says what is billed. */
  last: string
  /** Reads that message. */
  read: Endpoint['read']
  /** Seconds that were heard as of another message, where it says so. */
  heard?(message: JsonObject): number | undefined
  /** Cheap check for messages that `heard` reads. */
  hears?(data: string): boolean
  paths: readonly string[]
}

const CONNECTION = 'connection'
const HEARD = 'heard'
const OVER = 'over'

/** Where the connection closed without its last message, what was heard until then is an estimate. */
function estimate({ notes }: SocketSession): Metered | undefined {
  const meter = metered('transcription', notes.get(HEARD), 'second')
  return meter && { ...meter, from: 'request' }
}

/** Transcription over a WebSocket. */
export function heardSocket(path: string, options: HeardSocketOptions): Endpoint {
  const heard: Endpoint = {
    path,
    operation: 'transcription',
    attributes: { [ATTR.outputType]: 'text' },
    paths: ['error'],
    read(body, facts) {
      if (body.estimate) facts.meter = body.estimate as Metered
      else options.read(body, facts)
    },
  }
  return {
    ...heard,
    method: 'GET',
    request: {
      paths: [],
      query: [options.model],
      read: (fields, facts) => assign(facts, { requestModel: textAt(fields, options.model) }),
    },
    socket: {
      matters: (data) => data.includes(`"${options.last}"`) || options.hears?.(data) === true,
      textLength: () => undefined,
      paths: ['type', ...options.paths],
      open: () => [{ id: CONNECTION, endpoint: heard, body: {} }],
      read(message, { notes }) {
        if (message.type === options.last) {
          if (notes.has(OVER)) return []
          notes.set(OVER, 1)
          return [{ id: CONNECTION, endpoint: heard, body: message, done: true }]
        }
        const seconds = options.heard?.(message)
        if (seconds !== undefined) notes.set(HEARD, Math.max(seconds, Number(notes.get(HEARD) ?? 0)))
        return []
      },
      close(session) {
        const meter = estimate(session)
        if (session.notes.has(OVER) || !meter) return []
        return [{ id: CONNECTION, endpoint: heard, body: { estimate: meter }, done: true }]
      },
    },
  }
}
