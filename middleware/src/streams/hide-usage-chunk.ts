/**
 * Takes the one chunk out of a chat stream that carries nothing but usage (`choices: []` and a `usage` object).
 *
 * Invariant: every other byte comes out as it went in, in order, wherever the stream was cut; at most one event, of
 * at most 64 KiB, is held back until its blank line has come.
 */
import { parseObject } from './json-body.ts'
import { decodeUtf8, toLatin1 } from './latin1.ts'

/** Takes a stream's bytes and gives those that the reader is to see. */
export interface ChunkFilter {
  push(bytes: Uint8Array): Uint8Array
  /** What was held back when the stream ended. */
  end(): Uint8Array
}

const MAX_HELD = 64 * 1024
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const NOTHING: Uint8Array = new Uint8Array(0)

export function createUsageChunkFilter(): ChunkFilter {
  let held: Uint8Array = NOTHING
  /** Within an event that is too large to be held: it passes to its end. */
  let passing = false

  return {
    push(bytes) {
      const all = held.length === 0 ? bytes : joined([held, bytes])
      const kept: Uint8Array[] = []
      let from = 0
      for (let end = eventEnd(all, from); end > 0; end = eventEnd(all, from)) {
        const event = all.subarray(from, end)
        if (passing || !isUsageChunk(event)) kept.push(event)
        passing = false
        from = end
      }
      held = all.subarray(from)
      if (held.length > MAX_HELD) {
        // The last bytes may be half of what ends the event.
        const cut = held.length - 3
        kept.push(held.subarray(0, cut))
        held = held.subarray(cut)
        passing = true
      }
      // A chunk belongs to its reader, who may overwrite it.
      held = held.slice()
      return joined(kept)
    },
    end() {
      const rest = passing || !isUsageChunk(held) ? held : NOTHING
      held = NOTHING
      return rest
    },
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The index behind the blank line that ends the first event from `from` on, or -1. */
function eventEnd(bytes: Uint8Array, from: number): number {
  let lineStart = from
  for (let at = from; at < bytes.length; at++) {
    const code = bytes[at]
    if (code !== LINE_FEED && code !== CARRIAGE_RETURN) continue
    if (code === CARRIAGE_RETURN) {
      // What follows may be the other half of the line's end.
      if (at + 1 === bytes.length) return -1
      if (bytes[at + 1] === LINE_FEED) {
        if (at === lineStart) return at + 2
        at++
        lineStart = at + 1
        continue
      }
    }
    if (at === lineStart) return at + 1
    lineStart = at + 1
  }
  return -1
}

function isUsageChunk(event: Uint8Array): boolean {
  if (event.length === 0) return false
  const text = toLatin1(event)
  if (!text.includes('"usage"') || !text.includes('"choices"')) return false
  const data = text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5))
  const body = parseObject(decodeUtf8(data.join('\n')).trim())
  if (!body || !Array.isArray(body.choices) || body.choices.length > 0) return false
  return typeof body.usage === 'object' && body.usage !== null
}
