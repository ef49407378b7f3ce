/**
 * What callers send to the assistant, checked at the door.
 *
 * Invariant: nothing that failed a check reaches a provider; the caller gets a 400 that names the field.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'

/** A turn of a conversation. */
export interface Turn {
  role: 'user' | 'assistant'
  content: string
}

/** A question, with the document that it is about and how to answer. */
export interface Question {
  messages: Turn[]
  /** Sent in front of the conversation; providers cache it when it is long and asked about again. */
  document: string | undefined
  /** How long Anthropic may keep the document in its cache. */
  keep: '5m' | '1h'
  model: string | undefined
  maxTokens: number
  /** Whether the model may think before it answers, where it can be told. */
  think: boolean
  stream: boolean
}

/** Reads a question from the body. @throws {HTTPException} 400 */
export async function readQuestion(c: Context): Promise<Question> {
  const body = await readBody(c)
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isTurn)) {
    throw new HTTPException(400, {
      message: 'messages: want a list of { role: "user" | "assistant", content }',
    })
  }
  return {
    messages,
    document: optional(body, 'document', 'string'),
    keep: body.keep === '1h' ? '1h' : '5m',
    model: optional(body, 'model', 'string'),
    maxTokens: optional(body, 'maxTokens', 'number') ?? 1000,
    think: optional(body, 'think', 'boolean') ?? false,
    stream: optional(body, 'stream', 'boolean') ?? false,
  }
}

/** Texts to work on. */
export interface Texts {
  texts: string[]
  model: string | undefined
  /** False: it may take longer if that is cheaper. */
  urgent: boolean
  stream: boolean
}

/** Reads a text or a list of texts from the body. @throws {HTTPException} 400 */
export async function readTexts(c: Context): Promise<Texts> {
  const body = await readBody(c)
  const texts = typeof body.text === 'string' ? [body.text] : body.texts
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
    throw new HTTPException(400, { message: 'text: want a string, or texts: a list of strings' })
  }
  return {
    texts,
    model: optional(body, 'model', 'string'),
    urgent: optional(body, 'urgent', 'boolean') ?? true,
    stream: optional(body, 'stream', 'boolean') ?? false,
  }
}

async function readBody(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  throw new HTTPException(400, { message: 'want a JSON object as the body' })
}

interface Types {
  string: string
  number: number
  boolean: boolean
}

function optional<T extends keyof Types>(
  body: Record<string, unknown>,
  name: string,
  type: T,
): Types[T] | undefined {
  const value = body[name]
  if (value === undefined || typeof value === type) return value as Types[T] | undefined
  throw new HTTPException(400, { message: `${name}: want a ${type}` })
}

function isTurn(value: unknown): value is Turn {
  const turn = value as Partial<Turn> | null
  return (turn?.role === 'user' || turn?.role === 'assistant') && typeof turn.content === 'string'
}
