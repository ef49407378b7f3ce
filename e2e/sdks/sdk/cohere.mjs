/** Cohere's SDK, version 2 of its API: chat, its stream, embeddings, reranking. */
import { broken, head, items, leave, said } from '../observe.mjs'

export const title = 'cohere-ai'
export const provider = 'cohere'
export const majors = [{ cohere: 'cohere7' }, { cohere: 'cohere8' }]

export async function open({ load, packages, url, arrived }) {
  const { CohereClientV2 } = await load(packages.cohere)
  const client = new CohereClientV2({ token: 'sk-local', environment: url })
  const ask = (content, more = {}) => ({
    model: 'command-a-03-2025',
    messages: [{ role: 'user', content }],
    ...more,
  })
  const once = { maxRetries: 0 }
  const textOf = (event) => (event.type === 'content-delta' ? event.delta.message.content.text : undefined)
  return {
    chat: () => client.chat(ask('Where is my parcel?'), once),
    'chat withRawResponse': async () => {
      const { data, rawResponse } = await client.chat(ask('With its response.'), once).withRawResponse()
      const { status, url: at, redirected, type } = rawResponse
      return {
        data,
        raw: { status, at, redirected, type },
        headers: head({ ...rawResponse, headers: rawResponse.headers }).headers,
      }
    },
    'chat cut': () => client.chat(ask('Long.', { maxTokens: 5 }), once),
    chatStream: async () => items(await client.chatStream(ask('Tell me.'), once)),
    'unknown model': () => broken(() => client.chat(ask('Hi.', { model: 'no-such-model' }), once)),
    refused: () => broken(() => client.chat(ask('[provider: error=429]'), once)),
    aborted: () =>
      broken(() =>
        leave(arrived, (abortSignal) =>
          client.chat(ask('[provider: latency=60000]'), { ...once, abortSignal }),
        ),
      ),
    'stream aborted': async () => {
      const controller = new AbortController()
      const stream = await client.chatStream(ask('[provider: tokens=60, stall=7]'), {
        ...once,
        abortSignal: controller.signal,
      })
      return said(stream, textOf, 7, () => controller.abort())
    },
    embed: () =>
      client.embed({
        model: 'embed-v4.0',
        texts: ['one', 'two'],
        inputType: 'search_document',
        embeddingTypes: ['float'],
      }),
    rerank: () =>
      client.rerank({ model: 'rerank-v3.5', query: 'parcel', documents: ['one', 'two', 'three'] }),
  }
}
