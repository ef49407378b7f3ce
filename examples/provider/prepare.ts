/**
 * What a surface does before it puts an answer on the wire: find the model, play the scenario, bill the prompt,
 * generate.
 *
 * Invariant: after `undefined` the client has gone, and nothing is to be sent.
 */
import { ApiError, type Exchange, think } from './exchange.ts'
import { countTokens, type Generation, generate } from './generate.ts'
import { findModel, type Model } from './models.ts'
import { billPrompt, playOpenaiError, thinks } from './openai-common.ts'
import type { RateLimits } from './rate-limits.ts'
import { readScenario, type Scenario } from './scenario.ts'

export interface Prepared {
  answer: Generation
  scenario: Scenario
  model: Model
}

/** Prepares an answer of text. @throws {ApiError} before anything was sent */
export async function prepareAnswer(
  exchange: Exchange,
  limits: RateLimits,
  asked: {
    model: unknown
    prompt: string
    messages: number
    maxTokens?: unknown
    /** `none` for a model that thinks but shall not. */
    effort?: unknown
  },
): Promise<Prepared | undefined> {
  const { entry } = exchange
  const model = requireModel(exchange, 'chat', asked.model)
  const scenario = readScenario(asked.prompt)
  playOpenaiError(scenario)
  limits.count(exchange.account, billPrompt(exchange, model, asked.prompt, asked.messages), exchange.now())
  const answer = generate({
    random: exchange.random,
    scenario,
    maxTokens: typeof asked.maxTokens === 'number' ? asked.maxTokens : undefined,
    reasons: thinks(model, asked.effort),
  })
  if (!(await think(exchange, scenario))) return undefined
  entry.responseModel = model.responseName
  entry.billed.reasoning = answer.reasoning
  return { answer, scenario, model }
}

/** Bills texts that are embedded or ranked. @throws {ApiError} before anything was sent */
export async function prepareTexts(
  exchange: Exchange,
  kind: 'embedding' | 'rerank',
  name: unknown,
  texts: unknown,
): Promise<{ model: Model; texts: string[]; tokens: number } | undefined> {
  const { entry } = exchange
  const model = requireModel(exchange, kind, name)
  const list = typeof texts === 'string' ? [texts] : texts
  if (!Array.isArray(list) || list.length === 0 || list.some((text) => typeof text !== 'string')) {
    throw new ApiError(400, 'invalid_request_error', 'invalid request: texts must be a non-empty list')
  }
  const scenario = readScenario(list.join('\n'))
  playOpenaiError(scenario)
  const tokens = list.reduce((sum, text) => sum + countTokens(text), 0)
  if (!(await think(exchange, scenario))) return undefined
  entry.responseModel = model.responseName
  return { model, texts: list, tokens }
}

/** Says the whole answer: for JSON bodies. */
export function sayAll({ entry }: Exchange, { answer }: Prepared): string {
  const text = answer.tokens.join('')
  entry.billed.outputText = answer.tokens.length
  entry.sent = { characters: text.length, usage: true }
  return text
}

/** Notes one more token of a stream. */
export function sayToken({ entry }: Exchange, token: string): void {
  entry.billed.outputText += 1
  entry.sent.characters += token.length
}

function requireModel(exchange: Exchange, kind: Model['kind'], name: unknown): Model {
  if (typeof name !== 'string' || name === '') {
    throw new ApiError(400, 'invalid_request_error', 'invalid request: model is required')
  }
  exchange.entry.requestModel = name
  const model = findModel(exchange.entry.provider, kind, name)
  if (model) return model
  throw new ApiError(404, 'not_found_error', `model '${name}' not found`)
}
