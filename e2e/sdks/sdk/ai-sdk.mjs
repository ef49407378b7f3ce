/** Vercel's AI SDK over OpenAI and Anthropic: text, objects, streams, embeddings. */
import { broken, items, leave, said } from '../observe.mjs'

export const title = 'ai + @ai-sdk/openai'
export const provider = 'openai'
export const majors = [
  { ai: 'ai5', openai: 'ai-openai2' },
  { ai: 'ai6', openai: 'ai-openai3' },
  { ai: 'ai7', openai: 'ai-openai4' },
]

export async function open({ load, packages, url, arrived }) {
  const ai = await load(packages.ai)
  const { createOpenAI } = await load(packages.openai)
  const openai = createOpenAI({ apiKey: 'sk-local', baseURL: url })
  const chat = openai.chat('gpt-5.4-mini')
  const responses = openai.responses('gpt-5-mini')
  const ask = (model, prompt, more = {}) => ({
    model,
    prompt,
    maxRetries: 0,
    onError: () => undefined,
    ...more,
  })
  const schema = ai.jsonSchema({
    type: 'object',
    properties: { title: { type: 'string' }, count: { type: 'integer' } },
    required: ['title', 'count'],
    additionalProperties: false,
  })
  const generated = async (call) => {
    const { text, usage, finishReason, response } = await call
    return { text, usage, finishReason, id: response.id, model: response.modelId, body: response.body }
  }
  const streamed = async (result) => ({
    text: await items(result.textStream),
    usage: await result.usage,
    finish: await result.finishReason,
  })
  return {
    'generateText chat': () => generated(ai.generateText(ask(chat, 'Where is my parcel?'))),
    'generateText responses': () => generated(ai.generateText(ask(responses, 'Where is my parcel?'))),
    'streamText chat': () => streamed(ai.streamText(ask(chat, 'Tell me.'))),
    'streamText responses': () => streamed(ai.streamText(ask(responses, 'Tell me.'))),
    generateObject: async () => {
      const { object, usage } = await ai.generateObject(ask(chat, 'A note.', { schema }))
      return { object, usage }
    },
    'unknown model': () => broken(() => ai.generateText(ask(openai.chat('no-such-model'), 'Hi.'))),
    aborted: () =>
      broken(() =>
        leave(arrived, (abortSignal) =>
          ai.generateText(ask(chat, '[provider: latency=60000]', { abortSignal })),
        ),
      ),
    'streamText aborted': async () => {
      const controller = new AbortController()
      const options = { abortSignal: controller.signal }
      const { textStream } = ai.streamText(ask(chat, '[provider: tokens=60, stall=7]', options))
      return said(
        textStream,
        (text) => text,
        7,
        () => controller.abort(),
      )
    },
    embedMany: async () => {
      const model =
        openai.textEmbeddingModel?.('text-embedding-3-small') ?? openai.embedding('text-embedding-3-small')
      const { embeddings, usage } = await ai.embedMany({ model, values: ['one', 'two'], maxRetries: 0 })
      return { embeddings, usage }
    },
  }
}
