/**
 * Sends the callers' requests to the services over HTTP, at a steady average rate.
 *
 * Invariant: bounded: at most `MAX_OPEN` requests at a time, and `stop` ends every one of them.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../provider/random.ts'
import type { CallerRequest } from './callers.ts'

const MAX_OPEN = 200

export interface Traffic {
  /** Requests sent so far. */
  sent(): number
  /** Ends all requests; resolves when none is open. */
  stop(): Promise<void>
}

/** Starts sending. Intervals are exponential, as of many callers who do not know each other. */
export function startTraffic(options: {
  rate: number
  random: Random
  next: () => CallerRequest
  urls: Readonly<Record<CallerRequest['service'], string>>
}): Traffic {
  const { rate, random, next, urls } = options
  const stopped = new AbortController()
  const open = new Map<Promise<void>, AbortController>()
  let sent = 0

  const loop = (async () => {
    while (!stopped.signal.aborted) {
      await delay((-Math.log(1 - random()) / rate) * 1000, undefined, { signal: stopped.signal }).catch(
        () => undefined,
      )
      if (stopped.signal.aborted || open.size >= MAX_OPEN) continue
      const request = next()
      sent += 1
      const leave = new AbortController()
      const call = send(urls[request.service], request, leave).finally(() => open.delete(call))
      open.set(call, leave)
    }
  })()

  return {
    sent: () => sent,
    async stop() {
      stopped.abort()
      await loop
      for (const leave of open.values()) leave.abort()
      await Promise.all(open.keys())
    },
  }
}

/** One request, read to its end; what it answers is nobody's business here, and refusals are part of life. */
async function send(url: string, request: CallerRequest, leave: AbortController): Promise<void> {
  const impatience =
    request.leaveAfter === undefined ? undefined : setTimeout(() => leave.abort(), request.leaveAfter)
  try {
    const response = await fetch(url + request.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...request.headers },
      body: JSON.stringify(request.body),
      signal: leave.signal,
    })
    for await (const _ of response.body ?? []) {
      // Read on: a caller who does not read would slow the service down.
    }
  } catch {
    // Left, or the demo is stopping.
  } finally {
    clearTimeout(impatience)
  }
}
