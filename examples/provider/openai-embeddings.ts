/**
 * `POST /v1/embeddings` of OpenAI and Mistral.
 *
 * Invariant: vectors have unit length and the requested `dimensions`, as base64 little-endian floats where
 * the client asks for that (the official package does by default). Output is free: only input is billed.
 */
import { chatFlavour } from './chat-flavours.ts'
import { ApiError, type Exchange, think } from './exchange.ts'
import { countTokens } from './generate.ts'
import { openaiModel, playOpenaiError } from './openai-common.ts'
import type { Random } from './random.ts'
import type { RateLimits } from './rate-limits.ts'
import { readScenario } from './scenario.ts'
import { sendJson } from './wire.ts'

/** Answers one embeddings request. @throws {ApiError} before anything was sent */
export async function answerEmbeddings(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { body, entry } = exchange
  const model = openaiModel(exchange, 'embedding')
  const inputs = typeof body.input === 'string' ? [body.input] : body.input
  if (
    !Array.isArray(inputs) ||
    inputs.length === 0 ||
    inputs.some((input) => typeof input !== 'string' || input === '')
  ) {
    throw new ApiError(
      400,
      'invalid_request_error',
      "'input' must be a non-empty string or a list of them.",
      null,
      'input',
    )
  }
  const scenario = readScenario(inputs.join('\n'))
  playOpenaiError(scenario)

  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0)
  const left = limits.count(exchange.account, tokens, exchange.now())
  entry.billed.inputUncached = tokens
  if (!(await think(exchange, scenario))) return
  entry.responseModel = model.responseName
  entry.sent.usage = true
  const dimensions = typeof body.dimensions === 'number' ? body.dimensions : (model.dimensions ?? 1536)
  const data = inputs.map((_, index) => {
    const vector = unitVector(dimensions, exchange.random)
    const embedding =
      body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector)
    return { object: 'embedding', index, embedding }
  })
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  const { headers, moreOfEmbeddings } = chatFlavour(entry.provider)
  const list = { object: 'list', data, model: model.responseName, usage, ...moreOfEmbeddings?.(exchange) }
  sendJson(exchange, 200, list, headers(exchange, left))
}

/** A vector of length 1. */
export function unitVector(dimensions: number, random: Random): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
