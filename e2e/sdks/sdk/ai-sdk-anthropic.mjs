/** Vercel's AI SDK over Anthropic: text and streams, with a prompt that is cached. */
import { broken, items, said } from '../observe.mjs'

export const title = 'ai + @ai-sdk/anthropic'
export const provider = 'anthropic'
export const majors = [
  { ai: 'ai5', anthropic: 'ai-anthropic2' },
  { ai: 'ai6', anthropic: 'ai-anthropic3' },
  { ai: 'ai7', anthropic: 'ai-anthropic4' },
]

export async function open({ load, packages, url }) {
  const ai = await load(packages.ai)
  const { createAnthropic } = await load(packages.anthropic)
  const model = createAnthropic({ apiKey: 'sk-local', baseURL: `${url}/v1` })('claude-haiku-4-5')
  const ask = (prompt, more = {}) => ({ model, prompt, maxRetries: 0, onError: () => undefined, ...more })
  const cached = (text) => ({
    model,
    maxRetries: 0,
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'text',
            text: 'Article: parcels are delivered on working days. '.repeat(120),
            providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
          },
          { type: 'text', text },
        ],
      },
    ],
  })
  const generated = async (call) => {
    const { text, usage, finishReason, response } = await call
    return { text, usage, finishReason, id: response.id, model: response.modelId, body: response.body }
  }
  return {
    generateText: () => generated(ai.generateText(ask('Where is my parcel?'))),
    'generateText cache written': () => generated(ai.generateText(cached('One.'))),
    'generateText cache read': () => generated(ai.generateText(cached('Two.'))),
    streamText: async () => {
      const result = ai.streamText(ask('Tell me.'))
      return { text: await items(result.textStream), usage: await result.usage }
    },
    overloaded: () => broken(() => ai.generateText(ask('[provider: error=529]'))),
    'streamText aborted': async () => {
      const controller = new AbortController()
      const { textStream } = ai.streamText(
        ask('[provider: tokens=60, stall=7]', { abortSignal: controller.signal }),
      )
      return said(
        textStream,
        (text) => text,
        7,
        () => controller.abort(),
      )
    },
  }
}
