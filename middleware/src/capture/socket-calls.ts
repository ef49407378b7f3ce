/**
 * The calls that one WebSocket carries: its messages in, calls that begin and end out.
 *
 * Invariant: at most {@link MAX_OPEN} calls of a connection are open, and of a message only its first 16 KiB, or the
 * paths that count, are held. Nothing here throws.
 */
import type { Endpoint, SocketReading, SocketSession, SocketStep } from '../providers/provider.ts'
import { parseObject } from '../streams/json-body.ts'
import { createJsonPicker, type JsonObject, type JsonPicker } from '../streams/json-picker.ts'
import { decodeUtf8 } from '../streams/latin1.ts'
import type { MessageSink } from '../streams/websocket-frames.ts'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'

const MAX_OPEN = 64
const WHOLE = 16 * 1024
/** A message that begins otherwise is no JSON (sound, as bytes). */
const JSON_START = /^\s*\{/

export interface SocketCalls {
  /** For the next message. @param side whose message it is */
  message(side: 'client' | 'server'): MessageSink
  /** What the client sends counts. */
  readonly listens: boolean
  /** The connection has closed. @param cause what broke it, where something did */
  close(cause?: unknown): void
}

/**
 * @param begin begins a call for an endpoint, for a model
 * @param model that the URL names
 * @param onAsk is told of a message that asks for something, before it is sent; absent = nobody has to be asked
 */
export function createSocketCalls(
  reading: SocketReading,
  model: string | undefined,
  begin: (endpoint: Endpoint, model: string | undefined) => Call,
  onAsk?: (model: string | undefined) => void,
): SocketCalls {
  const openedAt = performance.now()
  const session: SocketSession = {
    model,
    notes: new Map(),
    seconds: () => Math.round(performance.now() - openedAt) / 1000,
  }
  const open = new Map<string, Call>()
  /** The call that began last of those that are open: what is generated is taken for its. */
  let last: Call | undefined
  let closed = false

  function take(step: SocketStep): void {
    const { id, endpoint, body, done } = step
    let call = open.get(id)
    if (!call) {
      call = begin(endpoint, 'model' in step ? step.model : session.model)
      open.set(id, call)
      last = call
      const [oldest] = open
      if (open.size > MAX_OPEN && oldest) finish(oldest[0], oldest[1], 'cut')
    }
    call.json(body)
    if (done) finish(id, call, 'done')
  }

  function finish(id: string, call: Call, outcome: 'done' | 'cut', cause?: unknown): void {
    open.delete(id)
    if (last === call) last = [...open.values()].at(-1)
    call.end(outcome, cause)
  }

  function takeAll(side: 'client' | 'server', body: JsonObject | undefined): void {
    if (!body) return
    try {
      const steps = side === 'server' ? reading.read(body, session) : reading.readSent?.(body, session)
      for (const step of steps ?? []) take(step)
    } catch (error) {
      reportFailure('read a message', error)
    }
  }

  function small(side: 'client' | 'server', data: string): void {
    if (!JSON_START.test(data)) return
    if (side === 'client' && reading.asks?.(data)) onAsk?.(session.model)
    const matters = side === 'server' ? reading.matters(data) : reading.mattersSent?.(data)
    if (matters) takeAll(side, parseObject(decodeUtf8(data)))
    if (side !== 'server' || !last) return
    const length = reading.textLength(data)
    if (length !== undefined) last.piece(length)
  }

  /** @param part characters of an answer, where the message is a part of one */
  function large(side: 'client' | 'server', body: JsonObject | undefined, part: number | undefined): void {
    if (body && part !== undefined) body['#part'] = true
    takeAll(side, body)
    if (part !== undefined) last?.piece(part)
  }

  try {
    for (const step of reading.open?.(session) ?? []) take(step)
  } catch (error) {
    reportFailure('begin a connection', error)
  }

  return {
    get listens() {
      const asks = onAsk !== undefined && reading.asks !== undefined
      return asks || (reading.readSent !== undefined && session.deaf !== true)
    },
    message(side) {
      let held = ''
      let picker: JsonPicker | undefined
      let ignored = false
      let part: number | undefined
      return {
        push(latin1) {
          if (ignored) return
          if (picker) {
            picker.push(latin1)
            return
          }
          held += latin1
          if (held.length <= WHOLE) return
          ignored = !JSON_START.test(held)
          if (!ignored) {
            picker = createJsonPicker(reading.paths, 'latin1')
            picker.push(held)
            // What a large message is shows in its beginning, or not at all.
            if (side === 'server') part = reading.textLength(held)
            else if (reading.asks?.(held)) onAsk?.(session.model)
          }
          held = ''
        },
        end() {
          if (ignored) return
          if (picker) large(side, picker.end(), part)
          else small(side, held)
        },
      }
    },
    close(cause) {
      if (closed) return
      closed = true
      try {
        for (const step of reading.close?.(session) ?? []) take(step)
      } catch (error) {
        reportFailure('end a connection', error)
      }
      for (const [id, call] of [...open]) finish(id, call, 'cut', cause)
    },
  }
}
