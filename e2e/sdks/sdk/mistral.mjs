/** Mistral's SDK: chat, its stream, embeddings. */
import { broken, items, leave, said } from '../observe.mjs'

export const title = '@mistralai/mistralai'
export const provider = 'mistral_ai'
export const majors = [{ mistral: 'mistral1' }, { mistral: 'mistral2' }]

export async function open({ load, packages, url, arrived }) {
  const { Mistral } = await load(packages.mistral)
  const client = new Mistral({ apiKey: 'sk-local', serverURL: url, retryConfig: { strategy: 'none' } })
  const ask = (content, more = {}) => ({
    model: 'mistral-small-latest',
    messages: [{ role: 'user', content }],
    ...more,
  })
  const document = 'Article: parcels are delivered on working days between eight and six. '.repeat(90)
  const textOf = ({ data }) => data.choices[0]?.delta?.content
  return {
    'chat.complete': () => client.chat.complete(ask('Where is my parcel?')),
    'chat.complete cold cache': () =>
      client.chat.complete(ask(`${document} One.`, { model: 'mistral-large-2512' })),
    'chat.complete cached': () =>
      client.chat.complete(ask(`${document} Two.`, { model: 'mistral-large-2512' })),
    'chat.stream': async () => items(await client.chat.stream(ask('Tell me.'))),
    'unknown model': () => broken(() => client.chat.complete(ask('Hi.', { model: 'no-such-model' }))),
    refused: () => broken(() => client.chat.complete(ask('[provider: error=429]'))),
    aborted: () =>
      broken(() =>
        leave(arrived, (signal) =>
          client.chat.complete(ask('[provider: latency=60000]'), { fetchOptions: { signal } }),
        ),
      ),
    'stream aborted': async () => {
      const controller = new AbortController()
      const fetchOptions = { signal: controller.signal }
      const stream = await client.chat.stream(ask('[provider: tokens=60, stall=7]'), { fetchOptions })
      return said(stream, textOf, 7, () => controller.abort())
    },
    'stream left': async () =>
      said(await client.chat.stream(ask('[provider: tokens=60, stall=9]')), textOf, 9),
    'embeddings.create': () => client.embeddings.create({ model: 'mistral-embed', inputs: ['one', 'two'] }),
  }
}
