/**
 * The APIs that the local provider speaks, as data: who, on which paths, and how each refuses.
 *
 * Invariant: one service is one provider with a port of its own, as the real ones have a host each.
 */
import type { IncomingHttpHeaders } from 'node:http'
import {
  answerMessage,
  anthropicAccount,
  anthropicErrorBody,
  countMessageTokens,
  messageHeaders,
} from './anthropic-messages.ts'
import {
  answerConverse,
  answerInvoke,
  bedrockAccount,
  bedrockErrorBody,
  bedrockHeaders,
  streamConverse,
  streamInvoke,
} from './bedrock.ts'
import { chatFlavour } from './chat-flavours.ts'
import {
  answerCohereChat,
  answerCohereEmbed,
  answerCohereRerank,
  cohereErrorBody,
  cohereHeaders,
} from './cohere.ts'
import type { ApiError, Exchange } from './exchange.ts'
import {
  answerEmbedContents,
  answerGenerateContent,
  countGeminiTokens,
  geminiAccount,
  geminiErrorBody,
  geminiHeaders,
  streamGenerateContent,
} from './gemini.ts'
import type { ApiName, ProviderName } from './ledger.ts'
import { MODELS } from './models.ts'
import { answerOllamaChat, answerOllamaEmbed, answerOllamaGenerate, ollamaErrorBody } from './ollama.ts'
import { answerChat } from './openai-chat.ts'
import { openaiAccount, openaiErrorBody, openaiHeaders } from './openai-common.ts'
import { answerEmbeddings } from './openai-embeddings.ts'
import { answerResponse } from './openai-responses.ts'
import type { RateLimits } from './rate-limits.ts'

/** One priced endpoint. */
export interface Surface {
  api: ApiName
  answer: (exchange: Exchange, limits: RateLimits) => Promise<void>
}

export interface Service {
  name: ProviderName
  /** What `http://host:port` is followed by in the base URL that the provider's own SDK takes. */
  base: string
  /** How the ids of its requests begin. */
  requestId: string
  /** Path → priced endpoint; `{model}` stands for a model. All are POSTs. */
  surfaces: Readonly<Record<string, Surface>>
  /** `METHOD path` → what is answered without billing anybody. */
  free?: Readonly<Record<string, (body: Record<string, unknown>) => unknown>>
  account(headers: IncomingHttpHeaders): string
  headers(exchange: Exchange, error?: ApiError): Record<string, string>
  errorBody(error: ApiError, requestId: string): unknown
  http2?: true
}

const chat: Surface = { api: 'chat_completions', answer: answerChat }
const embeddings: Surface = { api: 'embeddings', answer: answerEmbeddings }
const byKey = ({ authorization }: IncomingHttpHeaders) => openaiAccount(authorization)

export const SERVICES: readonly Service[] = [
  {
    name: 'openai',
    base: '/v1',
    requestId: 'req_',
    surfaces: {
      '/v1/chat/completions': chat,
      '/v1/responses': { api: 'responses', answer: answerResponse },
      '/v1/embeddings': embeddings,
    },
    free: { 'GET /v1/models': () => listModels('openai') },
    account: byKey,
    headers: (exchange) => openaiHeaders(exchange),
    errorBody: openaiErrorBody,
  },
  {
    name: 'anthropic',
    base: '',
    requestId: 'req_011C',
    surfaces: { '/v1/messages': { api: 'messages', answer: answerMessage } },
    free: { 'POST /v1/messages/count_tokens': countMessageTokens },
    account: anthropicAccount,
    headers: (exchange) => messageHeaders(exchange),
    errorBody: anthropicErrorBody,
  },
  {
    name: 'gcp.gemini',
    base: '',
    requestId: '',
    surfaces: {
      ...geminiModels('v1beta'),
      // what the SDK asks for since its third major
      ...geminiModels('v1'),
    },
    free: {
      'POST /v1beta/models/{model}:countTokens': countGeminiTokens,
      'POST /v1/models/{model}:countTokens': countGeminiTokens,
    },
    account: geminiAccount,
    headers: geminiHeaders,
    errorBody: geminiErrorBody,
  },
  {
    name: 'mistral_ai',
    base: '',
    requestId: '',
    surfaces: { '/v1/chat/completions': chat, '/v1/embeddings': embeddings },
    account: byKey,
    headers: (exchange) => chatFlavour('mistral_ai').headers(exchange),
    errorBody: chatFlavour('mistral_ai').errorBody,
  },
  {
    name: 'cohere',
    base: '',
    requestId: '',
    surfaces: {
      '/v2/chat': { api: 'chat', answer: answerCohereChat },
      '/v2/embed': { api: 'embeddings', answer: answerCohereEmbed },
      '/v2/rerank': { api: 'rerank', answer: answerCohereRerank },
    },
    account: byKey,
    headers: cohereHeaders,
    errorBody: cohereErrorBody,
  },
  {
    name: 'groq',
    base: '',
    requestId: 'req_01',
    surfaces: { '/openai/v1/chat/completions': chat },
    account: byKey,
    headers: (exchange) => chatFlavour('groq').headers(exchange),
    errorBody: openaiErrorBody,
  },
  {
    name: 'ollama',
    base: '',
    requestId: '',
    surfaces: {
      '/api/chat': { api: 'chat', answer: answerOllamaChat },
      '/api/generate': { api: 'chat', answer: answerOllamaGenerate },
      '/api/embed': { api: 'embeddings', answer: answerOllamaEmbed },
    },
    account: () => 'local',
    headers: () => ({}),
    errorBody: ollamaErrorBody,
  },
  {
    name: 'aws.bedrock',
    base: '',
    requestId: '',
    surfaces: {
      '/model/{model}/converse': { api: 'converse', answer: answerConverse },
      '/model/{model}/converse-stream': { api: 'converse', answer: streamConverse },
      '/model/{model}/invoke': { api: 'invoke_model', answer: answerInvoke },
      '/model/{model}/invoke-with-response-stream': { api: 'invoke_model', answer: streamInvoke },
    },
    account: bedrockAccount,
    headers: bedrockHeaders,
    errorBody: bedrockErrorBody,
    http2: true,
  },
]

function geminiModels(version: 'v1' | 'v1beta'): Service['surfaces'] {
  return {
    [`/${version}/models/{model}:generateContent`]: {
      api: 'generate_content',
      answer: answerGenerateContent,
    },
    [`/${version}/models/{model}:streamGenerateContent`]: {
      api: 'generate_content',
      answer: streamGenerateContent,
    },
    [`/${version}/models/{model}:batchEmbedContents`]: { api: 'embeddings', answer: answerEmbedContents },
  }
}

/** The entry of a table whose path this is, and the model in it. */
export function findPath<T>(
  table: Readonly<Record<string, T>>,
  path: string,
): { found: T; model: string } | undefined {
  const exact = table[path]
  if (exact !== undefined) return { found: exact, model: '' }
  for (const [pattern, found] of Object.entries(table)) {
    const [before, after] = pattern.split('{model}')
    if (before === undefined || after === undefined) continue
    if (!path.startsWith(before) || !path.endsWith(after)) continue
    const model = path.slice(before.length, path.length - after.length)
    if (model !== '' && !model.includes('/')) return { found, model: decodeURIComponent(model) }
  }
  return undefined
}

function listModels(provider: ProviderName): object {
  const data = MODELS.filter((model) => model.provider === provider).flatMap(({ names }) =>
    names.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'system' })),
  )
  return { object: 'list', data }
}
