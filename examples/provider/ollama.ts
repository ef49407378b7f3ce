/**
 * Ollama's own API: chat, generate and embeddings.
 *
 * Invariant: streams are lines of JSON, are what the API gives unless told otherwise, and the line that is `done`
 * has the counts. Nobody is billed; there are no keys and no ids.
 *
 * Source of the shapes: the types of `ollama` 0.6 and https://docs.ollama.com/api.
 */
import { type ApiError, type Exchange, StreamBreakdown, speak } from './exchange.ts'
import { unitVector } from './openai-embeddings.ts'
import { prepareAnswer, prepareTexts, sayAll, sayToken } from './prepare.ts'
import type { RateLimits } from './rate-limits.ts'
import { openBytes, sendJson } from './wire.ts'

/** `POST /api/chat` */
export const answerOllamaChat = (exchange: Exchange, limits: RateLimits): Promise<void> => {
  const messages = (Array.isArray(exchange.body.messages) ? exchange.body.messages : []) as {
    role?: string
    content?: string
  }[]
  const prompt = messages.map(({ role, content }) => `${role}: ${content}`).join('\n')
  return answer(exchange, limits, prompt, messages.length, (content) => ({
    message: { role: 'assistant', content },
  }))
}

/** `POST /api/generate` */
export const answerOllamaGenerate = (exchange: Exchange, limits: RateLimits): Promise<void> =>
  answer(exchange, limits, String(exchange.body.prompt ?? ''), 1, (response) => ({ response }))

/** `POST /api/embed` */
export async function answerOllamaEmbed(exchange: Exchange): Promise<void> {
  const { body, entry } = exchange
  const asked = await prepareTexts(exchange, 'embedding', body.model, body.input)
  if (!asked) return
  entry.billed.inputUncached = asked.tokens
  entry.sent.usage = true
  const embeddings = asked.texts.map(() =>
    Array.from(unitVector(asked.model.dimensions ?? 768, exchange.random)),
  )
  const durations = { total_duration: 14_143_917, load_duration: 1_019_500 }
  const head = { model: asked.model.responseName }
  sendJson(exchange, 200, { ...head, embeddings, ...durations, prompt_eval_count: asked.tokens }, {})
}

/** `{ error }` */
export function ollamaErrorBody({ message }: ApiError): unknown {
  return { error: message }
}

async function answer(
  exchange: Exchange,
  limits: RateLimits,
  prompt: string,
  messages: number,
  part: (text: string) => object,
): Promise<void> {
  const { body, entry } = exchange
  entry.stream = body.stream !== false
  const options = body.options as { num_predict?: unknown } | undefined
  const prepared = await prepareAnswer(exchange, limits, {
    model: body.model,
    prompt,
    messages,
    maxTokens: options?.num_predict,
  })
  if (!prepared) return
  const head = { model: prepared.model.responseName, created_at: new Date(entry.startedAt).toISOString() }
  const end = () => ({
    done: true,
    done_reason: prepared.answer.finish,
    total_duration: 4_883_583_458,
    load_duration: 1_334_875,
    prompt_eval_count: entry.billed.inputUncached + entry.billed.cacheRead,
    prompt_eval_duration: 342_546_000,
    eval_count: entry.billed.outputText,
    eval_duration: 4_535_599_000,
  })
  if (!entry.stream) {
    const text = sayAll(exchange, prepared)
    return sendJson(exchange, 200, { ...head, ...part(text), ...end() }, {})
  }
  const stream = openBytes(exchange, 'application/x-ndjson', {})
  const send = (line: object) => stream.write(`${JSON.stringify(line)}\n`)
  try {
    for await (const token of speak(exchange, prepared.answer, prepared.scenario)) {
      sayToken(exchange, token)
      await send({ ...head, ...part(token), done: false })
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await send({ error: 'an error was encountered while running the model' })
    return stream.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  entry.sent.usage = true
  await send({ ...head, ...part(''), ...end() })
  stream.end()
}
