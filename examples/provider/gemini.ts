/**
 * Google's Gemini API (AI Studio): `generateContent`, its stream, embeddings.
 *
 * Invariant: thoughts are not in `candidatesTokenCount`, what was cached is in `promptTokenCount`, and every
 * chunk of a stream carries the usage so far.
 *
 * Source of the shapes: the types of `@google/genai` 3 and https://ai.google.dev/api/generate-content.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { ApiError, type Exchange, StreamBreakdown, speak } from './exchange.ts'
import { countTokens } from './generate.ts'
import { unitVector } from './openai-embeddings.ts'
import { type Prepared, prepareAnswer, prepareTexts, sayAll, sayToken } from './prepare.ts'
import { createId } from './random.ts'
import type { RateLimits } from './rate-limits.ts'
import { openStream, sendJson } from './wire.ts'

interface Content {
  role?: string
  parts?: { text?: string }[]
}

/** `POST /v1beta/models/{model}:generateContent` */
export async function answerGenerateContent(exchange: Exchange, limits: RateLimits): Promise<void> {
  const prepared = await prepare(exchange, limits)
  if (!prepared) return
  const head = headOf(exchange, prepared)
  const text = sayAll(exchange, prepared)
  const finishReason = prepared.answer.finish === 'stop' ? 'STOP' : 'MAX_TOKENS'
  const candidate = { content: { parts: [{ text }], role: 'model' }, finishReason, index: 0 }
  const body = { candidates: [candidate], usageMetadata: usage(exchange), ...head }
  sendJson(exchange, 200, body, geminiHeaders(exchange))
}

/** `POST /v1beta/models/{model}:streamGenerateContent?alt=sse` */
export async function streamGenerateContent(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { entry } = exchange
  entry.stream = true
  const prepared = await prepare(exchange, limits)
  if (!prepared) return
  const head = headOf(exchange, prepared)
  const events = openStream(exchange, geminiHeaders(exchange), '\r\n')
  const chunk = (text: string, finishReason?: string) => ({
    candidates: [
      { content: { parts: [{ text }], role: 'model' }, ...(finishReason ? { finishReason } : {}), index: 0 },
    ],
    usageMetadata: usage(exchange),
    ...head,
  })
  try {
    for await (const token of speak(exchange, prepared.answer, prepared.scenario)) {
      sayToken(exchange, token)
      await events.send(chunk(token))
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await events.send(
      geminiErrorBody(new ApiError(503, '', 'The model is overloaded. Please try again later.')),
    )
    return events.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  entry.sent.usage = true
  await events.send(chunk('', prepared.answer.finish === 'stop' ? 'STOP' : 'MAX_TOKENS'))
  events.end()
}

/** `POST /v1beta/models/{model}:batchEmbedContents`: answers without usage, as this model does. */
export async function answerEmbedContents(exchange: Exchange): Promise<void> {
  const { requests } = exchange.body as { requests?: { content?: Content }[] }
  const texts = requests?.map(({ content }) => textOfContents([content ?? {}]))
  const asked = await prepareTexts(exchange, 'embedding', exchange.pathModel, texts)
  if (!asked) return
  exchange.entry.billed.inputUncached = asked.tokens
  const embeddings = asked.texts.map(() => ({
    values: Array.from(unitVector(asked.model.dimensions ?? 3072, exchange.random)),
  }))
  sendJson(exchange, 200, { embeddings }, geminiHeaders(exchange))
}

/** `POST /v1beta/models/{model}:countTokens`, which costs nothing. */
export function countGeminiTokens(body: Record<string, unknown>): object {
  const totalTokens = countTokens(textOfContents((body.contents ?? []) as Content[]))
  return { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] }
}

/** The account behind `x-goog-api-key`. @throws {ApiError} 400, as Google answers for a wrong key */
export function geminiAccount(headers: IncomingHttpHeaders): string {
  const key = headers['x-goog-api-key']
  if (typeof key === 'string' && key !== '' && !key.includes('invalid')) return key
  throw new ApiError(400, '', 'API key not valid. Please pass a valid API key.')
}

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

/** `{ error: { code, message, status } }` */
export function geminiErrorBody({ status, message }: ApiError): unknown {
  return { error: { code: status, message, status: STATUS[status] ?? 'INTERNAL' } }
}

/** Google's API sends no id of a request that its SDK reads. */
export function geminiHeaders(_exchange: Pick<Exchange, 'entry'>): Record<string, string> {
  return { 'server-timing': 'gfet4t7; dur=1', vary: 'Origin' }
}

async function prepare(exchange: Exchange, limits: RateLimits): Promise<Prepared | undefined> {
  const { contents, systemInstruction, generationConfig } = exchange.body as {
    contents?: Content[]
    systemInstruction?: Content
    generationConfig?: { maxOutputTokens?: number; thinkingConfig?: { thinkingBudget?: number } }
  }
  if (!Array.isArray(contents) || contents.length === 0)
    throw new ApiError(400, '', 'contents is not specified')
  return await prepareAnswer(exchange, limits, {
    model: exchange.pathModel,
    prompt: textOfContents([...(systemInstruction ? [systemInstruction] : []), ...contents]),
    messages: contents.length,
    maxTokens: generationConfig?.maxOutputTokens,
    effort: generationConfig?.thinkingConfig?.thinkingBudget === 0 ? 'none' : undefined,
  })
}

function textOfContents(contents: Content[]): string {
  return contents
    .map(({ role = 'user', parts = [] }) => `${role}: ${parts.map(({ text = '' }) => text).join('\n')}`)
    .join('\n')
}

function headOf(exchange: Exchange, { model }: Prepared): object {
  return { modelVersion: model.responseName, responseId: createId('', 22, exchange.ids) }
}

function usage({ entry: { billed } }: Exchange): object {
  const prompt = billed.inputUncached + billed.cacheRead
  const ofText = (tokenCount: number) => [{ modality: 'TEXT', tokenCount }]
  return {
    promptTokenCount: prompt,
    ...(billed.outputText > 0 ? { candidatesTokenCount: billed.outputText } : {}),
    totalTokenCount: prompt + billed.outputText + billed.reasoning,
    ...(billed.cacheRead > 0
      ? { cachedContentTokenCount: billed.cacheRead, cacheTokensDetails: ofText(billed.cacheRead) }
      : {}),
    promptTokensDetails: ofText(prompt),
    ...(billed.reasoning > 0 ? { thoughtsTokenCount: billed.reasoning } : {}),
  }
}
