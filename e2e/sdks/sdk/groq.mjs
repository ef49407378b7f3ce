/** Groq's SDK: chat and its stream, which tells its usage unasked. */
import { broken, head, items, leave, said } from '../observe.mjs'

export const title = 'groq-sdk'
export const provider = 'groq'
export const majors = [{ groq: 'groq0' }, { groq: 'groq1' }]

export async function open({ load, packages, url, arrived }) {
  const { default: Groq } = await load(packages.groq)
  const { completions } = new Groq({ apiKey: 'sk-local', baseURL: url, maxRetries: 0 }).chat
  const ask = (content, more = {}) => ({
    model: 'llama-3.1-8b-instant',
    messages: [{ role: 'user', content }],
    ...more,
  })
  const textOf = (chunk) => chunk.choices[0]?.delta?.content
  return {
    chat: () => completions.create(ask('Where is my parcel?')),
    'chat thinking': () => completions.create(ask('Think.', { model: 'openai/gpt-oss-20b' })),
    'chat withResponse': async () => {
      const { data, response } = await completions.create(ask('With its response.')).withResponse()
      return { data, head: head(response) }
    },
    'chat stream': async () => items(await completions.create(ask('Tell me.', { stream: true }))),
    'unknown model': () => broken(() => completions.create(ask('Hi.', { model: 'no-such-model' }))),
    refused: () => broken(() => completions.create(ask('[provider: error=429]'))),
    aborted: () =>
      broken(() =>
        leave(arrived, (signal) => completions.create(ask('[provider: latency=60000]'), { signal })),
      ),
    'stream aborted': async () => {
      const stream = await completions.create(ask('[provider: tokens=60, stall=7]', { stream: true }))
      return said(stream, textOf, 7, () => stream.controller.abort())
    },
    'stream left': async () =>
      said(await completions.create(ask('[provider: tokens=60, stall=9]', { stream: true })), textOf, 9),
  }
}
