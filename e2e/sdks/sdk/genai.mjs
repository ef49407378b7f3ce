/** Google's SDK: content, its stream, chats, embeddings. */
import { broken, items, leave, said } from '../observe.mjs'

export const title = '@google/genai'
export const provider = 'gcp.gemini'
export const majors = [{ genai: 'genai1' }, { genai: 'genai2' }, { genai: 'genai3' }]

export async function open({ load, packages, url, arrived }) {
  const { GoogleGenAI } = await load(packages.genai)
  const { models, chats } = new GoogleGenAI({
    apiKey: 'local',
    httpOptions: { baseUrl: url, retryOptions: { attempts: 1 } },
  })
  const ask = (contents, more = {}) => ({ model: 'gemini-2.5-flash', contents, ...more })
  const document = 'Article: parcels are delivered on working days between eight and six. '.repeat(90)
  const stream = async (contents, config) => models.generateContentStream(ask(contents, config && { config }))
  return {
    'generateContent thinking': async () => {
      const answer = await models.generateContent(ask('Where is my parcel?'))
      return { answer, text: answer.text, head: answer.sdkHttpResponse?.headers?.['content-type'] }
    },
    'generateContent cold cache': () => models.generateContent(ask(`${document} One.`)),
    'generateContent cached': () => models.generateContent(ask(`${document} Two.`)),
    'generateContent without thoughts': () =>
      models.generateContent(ask('Quick.', { model: 'gemini-2.5-flash-lite' })),
    'generateContent cut': () => models.generateContent(ask('Long.', { config: { maxOutputTokens: 5 } })),
    generateContentStream: async () => items(await stream('Tell me.')),
    'chat sendMessageStream': async () => {
      const chat = chats.create({ model: 'gemini-2.5-flash-lite' })
      const seen = await items(await chat.sendMessageStream({ message: 'Hello.' }))
      return { seen, history: chat.getHistory() }
    },
    'unknown model': () => broken(() => models.generateContent(ask('Hi.', { model: 'no-such-model' }))),
    refused: () => broken(() => models.generateContent(ask('[provider: error=503]'))),
    aborted: () =>
      broken(() =>
        leave(arrived, (abortSignal) =>
          models.generateContent(ask('[provider: latency=60000]', { config: { abortSignal } })),
        ),
      ),
    'stream aborted': async () => {
      const controller = new AbortController()
      const chunks = await stream('[provider: tokens=60, stall=7]', { abortSignal: controller.signal })
      return said(
        chunks,
        ({ text }) => text,
        7,
        () => controller.abort(),
      )
    },
    'stream left': {
      unread: true,
      run: async () => said(await stream('[provider: tokens=60, stall=9]'), ({ text }) => text, 9),
    },
    embedContent: () => models.embedContent({ model: 'gemini-embedding-001', contents: ['one', 'two'] }),
    'countTokens (free)': { makes: 0, run: () => models.countTokens(ask('Count.')) },
  }
}
