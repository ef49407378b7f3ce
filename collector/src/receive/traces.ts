/**
 * `POST /v1/traces`: OTLP over HTTP.
 *
 * Invariant: any request gets an answer with a status and a sentence; 200 means that its accepted spans are
 * on disk.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ContentKind } from '../spool/frame.ts'
import { type Answer, exportAnswer, statusAnswer } from './answer.ts'
import { BadInput } from './bad-input.ts'
import { readBody } from './body.ts'
import { BodyBuffers } from './body-buffers.ts'
import type { Decoded } from './decode.ts'
import { SpoolFull } from './intake.ts'
import { REJECT_TEXT } from './sink.ts'

/** The stage after this one. */
export interface Acceptor {
  /** `tenant`: whose spans these are, whatever they say. */
  accept(kind: ContentKind, body: Buffer, tenant: string | undefined): Promise<Decoded>
}

export interface TracesOptions {
  acceptor: Acceptor
  /** Bound of a body, compressed and decompressed, bytes. */
  maxBodyBytes: number
  /** Told of every answer: HTTP status, why it was refused, bytes of the body. */
  onAnswer?: (answer: { status: number; reason: string; bytes: number; kind: ContentKind }) => void
  /** Told of errors that are ours. */
  report?: (error: unknown) => void
}

/** Seconds after which a sender should come again when there is no room. */
export const RETRY_AFTER = 5

/** Creates the handler. */
export function createTracesHandler(options: TracesOptions) {
  const buffers = new BodyBuffers()
  return async function handleTraces(
    request: IncomingMessage,
    response: ServerResponse,
    tenant?: string,
  ): Promise<void> {
    const kind = contentKind(request)
    let bytes = 0
    const answer = (
      status: number,
      reason: string,
      { type, body }: Answer,
      headers: Record<string, string> = {},
    ) => {
      options.onAnswer?.({ status, reason, bytes, kind: kind ?? 'json' })
      // what is left of a refused body is not read: the connection cannot be used again
      if (!request.complete) headers.connection = 'close'
      response.writeHead(status, { 'content-type': type, 'content-length': body.length, ...headers })
      response.end(body, () => {
        if (!request.complete) request.destroy()
      })
    }
    try {
      if (request.method !== 'POST') {
        const sentence = 'cannot accept this method: /v1/traces takes POST'
        answer(405, 'method', statusAnswer(kind ?? 'json', 405, sentence), { allow: 'POST' })
        return
      }
      if (kind === undefined) throw wrongType(request)
      const body = await readBody(request, options.maxBodyBytes, buffers)
      bytes = body.length
      const { rejected, firstReason } = await options.acceptor.accept(kind, body, tenant)
      buffers.giveBack(body)
      const sentence =
        firstReason === undefined ? '' : `${rejected} spans refused: ${REJECT_TEXT[firstReason]}`
      answer(200, 'ok', exportAnswer(kind, rejected, sentence))
    } catch (error) {
      if (response.headersSent || request.socket.destroyed) return
      if (error instanceof BadInput) {
        answer(error.status, error.reason, statusAnswer(kind ?? 'json', error.status, error.message))
      } else {
        const full = error instanceof SpoolFull
        if (!full) options.report?.(error)
        const sentence = full ? error.message : 'cannot store the spans right now; send them again later'
        answer(503, full ? 'spool_full' : 'spool_error', statusAnswer(kind ?? 'json', 503, sentence), {
          'retry-after': String(RETRY_AFTER),
        })
      }
    }
  }
}

/** How a request's body is encoded, by its content type. */
export function contentKind(request: IncomingMessage): ContentKind | undefined {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf'
  return type === 'application/json' ? 'json' : undefined
}

function wrongType(request: IncomingMessage): BadInput {
  const type = JSON.stringify((request.headers['content-type'] ?? '').slice(0, 60))
  return new BadInput(
    415,
    'content_type',
    `cannot read content-type ${type}; send application/x-protobuf or application/json`,
  )
}
