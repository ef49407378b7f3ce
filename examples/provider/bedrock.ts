/**
 * AWS Bedrock's runtime: converse and its stream for any model, invoke and its stream for Anthropic's.
 *
 * Invariant: the model that is billed is the one that the path names; converse's `inputTokens` leave out what was
 * cached. The server speaks HTTP/2, as the JavaScript SDK does.
 *
 * Source of the shapes: the types of `@aws-sdk/client-bedrock-runtime` 3.1164.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { answerMessage, type Passed } from './anthropic-messages.ts'
import { awsEvent, awsException } from './aws-events.ts'
import { ApiError, type Exchange, StreamBreakdown, speak } from './exchange.ts'
import { textOf } from './openai-common.ts'
import { type Prepared, prepareAnswer, sayAll, sayToken } from './prepare.ts'
import type { RateLimits } from './rate-limits.ts'
import { openBytes, sendJson } from './wire.ts'

const EVENTS = 'application/vnd.amazon.eventstream'

/** `POST /model/{model}/converse` */
export async function answerConverse(exchange: Exchange, limits: RateLimits): Promise<void> {
  const prepared = await prepare(exchange, limits)
  if (!prepared) return
  const content = [{ text: sayAll(exchange, prepared) }]
  const body = {
    metrics: { latencyMs: 12 },
    output: { message: { content, role: 'assistant' } },
    stopReason: stopReason(prepared),
    usage: usage(exchange),
  }
  sendJson(exchange, 200, body, bedrockHeaders(exchange))
}

/** `POST /model/{model}/converse-stream` */
export async function streamConverse(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { entry } = exchange
  entry.stream = true
  const prepared = await prepare(exchange, limits)
  if (!prepared) return
  const stream = openBytes(exchange, EVENTS, bedrockHeaders(exchange))
  const send = (type: string, body: object) => stream.write(awsEvent(type, body))
  await send('messageStart', { role: 'assistant' })
  try {
    for await (const text of speak(exchange, prepared.answer, prepared.scenario)) {
      sayToken(exchange, text)
      await send('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await stream.write(awsException('modelStreamErrorException', 'The model stopped unexpectedly.'))
    return stream.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  await send('contentBlockStop', { contentBlockIndex: 0 })
  await send('messageStop', { stopReason: stopReason(prepared) })
  entry.sent.usage = true
  await send('metadata', { metrics: { latencyMs: 12 }, usage: usage(exchange) })
  stream.end()
}

/** `POST /model/{model}/invoke`, whose body is Anthropic's own. */
export function answerInvoke(exchange: Exchange, limits: RateLimits): Promise<void> {
  return answerMessage(exchange, limits, {
    ...passOn(exchange),
    countHeaders: true,
  })
}

/** `POST /model/{model}/invoke-with-response-stream`: Anthropic's events, each in a frame of AWS's. */
export function streamInvoke(exchange: Exchange, limits: RateLimits): Promise<void> {
  exchange.body.stream = true
  return answerMessage(exchange, limits, {
    ...passOn(exchange),
    open: (headers) => {
      const stream = openBytes(exchange, EVENTS, headers)
      return {
        send: (data) =>
          stream.write(
            awsEvent('chunk', {
              bytes: Buffer.from(JSON.stringify(withMetrics(exchange, data))).toString('base64'),
            }),
          ),
        sendText: async () => undefined,
        end: stream.end,
      }
    },
  })
}

/** The account behind an AWS signature. @throws {ApiError} 403 */
export function bedrockAccount({ authorization = '' }: IncomingHttpHeaders): string {
  const id = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization)?.[1]
  if (id && !id.includes('invalid')) return id
  throw new ApiError(403, '', 'The security token included in the request is invalid.')
}

/** `{ message }`, with the exception's name in a header. */
export function bedrockErrorBody({ message }: ApiError): unknown {
  return { message }
}

const EXCEPTIONS: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'UnrecognizedClientException',
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

export function bedrockHeaders({ entry }: Pick<Exchange, 'entry'>, error?: ApiError): Record<string, string> {
  const type = error && (EXCEPTIONS[error.status] ?? 'InternalServerException')
  return {
    'x-amzn-requestid': entry.requestId,
    ...(type ? { 'x-amzn-errortype': `${type}:http://internal` } : {}),
  }
}

function passOn(exchange: Exchange): Passed {
  const { pathModel } = exchange
  const answersAs = /anthropic\.(.+?)(?:-v\d+(?::\d+)?)?$/.exec(pathModel)?.[1] ?? pathModel
  return { model: pathModel, answersAs, headers: bedrockHeaders(exchange) }
}

async function prepare(exchange: Exchange, limits: RateLimits): Promise<Prepared | undefined> {
  const { messages, system, inferenceConfig } = exchange.body as {
    messages?: { role?: string; content?: unknown }[]
    system?: unknown
    inferenceConfig?: { maxTokens?: number }
  }
  if (!Array.isArray(messages) || messages.length === 0) throw new ApiError(400, '', 'messages is required')
  return await prepareAnswer(exchange, limits, {
    model: exchange.pathModel,
    prompt: [textOf(system), ...messages.map(({ role, content }) => `${role}: ${textOf(content)}`)].join(
      '\n',
    ),
    messages: messages.length,
    maxTokens: inferenceConfig?.maxTokens,
  })
}

function stopReason({ answer }: Prepared): string {
  return answer.finish === 'stop' ? 'end_turn' : 'max_tokens'
}

function usage({ entry: { billed } }: Exchange): object {
  const input = billed.inputUncached + billed.cacheRead
  return {
    inputTokens: billed.inputUncached,
    outputTokens: billed.outputText,
    totalTokens: input + billed.outputText,
    ...(billed.cacheRead > 0 ? { cacheReadInputTokens: billed.cacheRead, cacheWriteInputTokens: 0 } : {}),
  }
}

/** The last event of a stream carries Bedrock's own counts too. */
function withMetrics({ entry: { billed } }: Exchange, event: unknown): unknown {
  if ((event as { type?: unknown }).type !== 'message_stop') return event
  return {
    ...(event as object),
    'amazon-bedrock-invocationMetrics': {
      inputTokenCount: billed.inputUncached,
      outputTokenCount: billed.outputText + billed.reasoning,
      invocationLatency: 1200,
      firstByteLatency: 400,
    },
  }
}
