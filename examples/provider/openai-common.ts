/**
 * What OpenAI's three surfaces share: the key, the headers, the error shape, the tier, the prompt.
 *
 * Source of the shapes: the types of the official `openai` package (6.49) and the API's error guide.
 */

import { ApiError, type Exchange } from './exchange.ts'
import { countTokens } from './generate.ts'
import { findModel, type Model } from './models.ts'
import { openaiRateHeaders, type RateLimits } from './rate-limits.ts'
import type { Scenario } from './scenario.ts'

/** The account behind `authorization: Bearer sk-…`. @throws {ApiError} 401 */
export function openaiAccount(authorization: string | undefined): string {
  const key = authorization?.match(/^Bearer (.+)$/)?.[1]
  if (key?.startsWith('sk-') && !key.includes('invalid')) return key
  throw new ApiError(401, 'invalid_request_error', 'Incorrect API key provided.', 'invalid_api_key')
}

/** `{ error: { message, type, param, code } }`, as every OpenAI refusal. */
export function openaiErrorBody(error: ApiError): unknown {
  return { error: { message: error.message, type: error.type, param: error.param, code: error.code } }
}

/** Response headers; `left` is absent on refusals before anything was counted. */
export function openaiHeaders(
  exchange: Pick<Exchange, 'entry' | 'now'>,
  left?: ReturnType<RateLimits['count']>,
): Record<string, string> {
  return {
    'x-request-id': exchange.entry.requestId,
    'openai-organization': 'org-local',
    'openai-version': '2020-10-01',
    'openai-processing-ms': String(Math.max(1, exchange.now() - exchange.entry.startedAt)),
    ...(left ? openaiRateHeaders(left) : {}),
  }
}

/** The requested model, noted in the ledger. @throws {ApiError} 400 without a name, 404 for an unknown one */
export function openaiModel(exchange: Exchange, kind: Model['kind']): Model {
  const name = exchange.body.model
  if (typeof name !== 'string' || name === '') {
    throw new ApiError(400, 'invalid_request_error', 'you must provide a model parameter')
  }
  exchange.entry.requestModel = name
  const model = findModel(exchange.entry.provider, kind, name)
  if (model) return model
  throw new ApiError(
    404,
    'invalid_request_error',
    `The model \`${name}\` does not exist or you do not have access to it.`,
    'model_not_found',
  )
}

/** The refusal that a scenario asks for. @throws {ApiError} 429 or 5xx */
export function playOpenaiError(scenario: Scenario): void {
  if (scenario.error === undefined) return
  if (scenario.error === 429) {
    throw rateLimited(
      new ApiError(429, 'tokens', 'Rate limit reached on tokens per min (TPM).', 'rate_limit_exceeded'),
      scenario,
    )
  }
  throw new ApiError(scenario.error, 'server_error', 'The server had an error while processing your request.')
}

/** Adds when to come back. */
export function rateLimited(error: ApiError, scenario: Scenario): ApiError {
  error.retryAfter = scenario.retry ?? 1_000
  return error
}

/** The tier that is billed: what was asked for, `default` where the request leaves it to the account. */
export function openaiTier(body: Record<string, unknown>): string {
  const tier = body.service_tier
  return tier === 'flex' || tier === 'priority' ? tier : 'default'
}

/** Text of a `content` that is a string or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('\n')
}

/** Whether the model thinks: by nature, unless `effort` says none. */
export function thinks(model: Model, effort: unknown): boolean {
  return model.reasons === true && effort !== 'none' && effort !== 'minimal'
}

/** Who caches prompts without being asked. */
const CACHING: ReadonlySet<string> = new Set(['openai', 'gcp.gemini', 'groq', 'mistral_ai'])

/** Input tokens in billing buckets: the total contains what was read from and written to the cache. */
export function billPrompt(exchange: Exchange, model: Model, prompt: string, messages: number): number {
  const total = countTokens(prompt) + 3 + messages * 4
  if (!CACHING.has(model.provider)) {
    exchange.entry.billed.inputUncached = total
    return total
  }
  const cached = exchange.cache.readAutomatic(
    `${exchange.account}/${model.responseName}`,
    prompt,
    exchange.now(),
  )
  const written = model.countsCacheWrites ? cached.written : 0
  Object.assign(exchange.entry.billed, {
    inputUncached: total - cached.read - written,
    cacheRead: cached.read,
    cacheWriteOther: written,
  })
  return total
}
