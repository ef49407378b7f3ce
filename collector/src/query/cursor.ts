/**
 * Cursors: where a page of usage events ended, as an opaque text.
 *
 * Invariant: a cursor only continues the question that it came from. It carries the resolved range, so
 * `period=today` goes on with the same day after midnight, and a fingerprint of everything else.
 */
import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'

/** Milliseconds of the years that a period may touch. */
const instant = z.int().min(Date.UTC(1999, 0)).max(Date.UTC(2102, 0))

const cursorSchema = z.strictObject({
  v: z.literal(1),
  start: instant,
  end: instant,
  /** Fingerprint of the question. */
  of: z.string(),
  value: z.string().max(40),
  start_time: z.string().max(40),
  trace_id: z.string().max(64),
  span_id: z.string().max(64),
})

/** What a cursor carries. */
export type Cursor = Omit<z.infer<typeof cursorSchema>, 'v'>

/** Writes a cursor as URL-safe text. */
export function encodeCursor(cursor: Cursor): string {
  return encodePlace(cursor)
}

/** Reads a cursor; undefined when the text is none of ours. */
export function decodeCursor(text: string): Cursor | undefined {
  const place = decodePlace(text, cursorSchema)
  if (place === undefined || place.start >= place.end) return undefined
  const { v: _, ...cursor } = place
  return cursor
}

/** Writes where a page ended as URL-safe text. */
export function encodePlace(place: object): string {
  return Buffer.from(JSON.stringify({ v: 1, ...place })).toString('base64url')
}

/** Reads where a page ended; undefined when the text does not fit the schema. */
export function decodePlace<Place>(text: string, schema: z.ZodType<Place>): Place | undefined {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data
  } catch {
    return undefined
  }
}

/** A short text that is equal for equal questions, whatever the order of their properties. */
export function fingerprint(question: Readonly<Record<string, unknown>>): string {
  const ordered = Object.keys(question)
    .filter((name) => question[name] !== undefined)
    .sort()
    .map((name) => [name, question[name]])
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url').slice(0, 16)
}
