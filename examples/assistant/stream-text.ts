/**
 * Hands a provider's stream on to the caller as server-sent events.
 *
 * Invariant: a caller who leaves ends the provider's stream too, so that nobody pays for text that nobody
 * reads. `data: {"text":"…"}` for each piece, then `event: done`, or `event: error` with a message.
 */
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'

/** A stream of an official SDK: events, and the controller that stops the request behind it. */
interface SdkStream<Event> extends AsyncIterable<Event> {
  controller: AbortController
}

/** @param textOf the text in an event, or `undefined` where it has none */
export function streamText<Event>(
  c: Context,
  stream: SdkStream<Event>,
  textOf: (event: Event) => string | undefined,
): Response {
  return streamSSE(
    c,
    async (caller) => {
      caller.onAbort(() => stream.controller.abort())
      for await (const event of stream) {
        const text = textOf(event)
        if (text) await caller.writeSSE({ data: JSON.stringify({ text }) })
      }
      await caller.writeSSE({ event: 'done', data: '{}' })
    },
    async (error, caller) => {
      await caller.writeSSE({ event: 'error', data: JSON.stringify({ message: error.message }) })
    },
  )
}
