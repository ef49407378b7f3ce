/** Ollama's SDK: chat and generate, whole and as lines of JSON, and embeddings. */
import { broken, items, said } from '../observe.mjs'

export const title = 'ollama'
export const provider = 'ollama'
export const majors = [{ ollama: 'ollama0' }]

export async function open({ load, packages, url }) {
  const { Ollama } = await load(packages.ollama)
  const client = new Ollama({ host: url })
  const ask = (content, more = {}) => ({ model: 'llama3.2', messages: [{ role: 'user', content }], ...more })
  const stream = (content) => client.chat(ask(content, { stream: true }))
  return {
    chat: () => client.chat(ask('Where is my parcel?')),
    'chat stream': async () => items(await stream('Tell me.')),
    generate: () => client.generate({ model: 'llama3.2', prompt: 'Where is my parcel?' }),
    'generate stream': async () =>
      items(await client.generate({ model: 'llama3.2', prompt: 'Tell me.', stream: true })),
    'unknown model': () => broken(() => client.chat(ask('Hi.', { model: 'no-such-model' }))),
    'stream aborted': async () => {
      const chunks = await stream('[provider: tokens=60, stall=7]')
      return said(
        chunks,
        ({ message }) => message.content,
        7,
        () => chunks.abort(),
      )
    },
    embed: () => client.embed({ model: 'nomic-embed-text', input: ['one', 'two'] }),
  }
}
