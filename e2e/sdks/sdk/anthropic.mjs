/** Anthropic's SDK: messages, raw responses, the stream and its helper. */
import { broken, head, items, leave, said } from '../observe.mjs'

export const title = '@anthropic-ai/sdk'
export const provider = 'anthropic'
export const majors = [{ anthropic: 'anthropic0' }, { anthropic: 'anthropic1' }]

export async function open({ load, packages, url, arrived }) {
  const { default: Anthropic } = await load(packages.anthropic)
  const client = new Anthropic({ apiKey: 'sk-local', baseURL: url, maxRetries: 0 })
  const ask = (content, more = {}) => ({
    model: 'claude-haiku-4-5',
    max_tokens: 1000,
    messages: [{ role: 'user', content }],
    ...more,
  })
  const document = (ttl) => [
    {
      type: 'text',
      text: `${ttl}: ${'Article: parcels are delivered on working days. '.repeat(120)}`,
      cache_control: { type: 'ephemeral', ttl },
    },
  ]
  const { messages } = client
  const textOf = (event) => (event.type === 'content_block_delta' ? event.delta.text : undefined)
  return {
    'messages JSON': () => messages.create(ask('Where is my parcel?')),
    'messages cache written': () => messages.create(ask('One.', { system: document('5m') })),
    'messages cache read': () => messages.create(ask('Two.', { system: document('5m') })),
    'messages cache for an hour': () => messages.create(ask('Three.', { system: document('1h') })),
    'messages thinking': () =>
      messages.create(
        ask('Think.', { model: 'claude-opus-5-5', thinking: { type: 'adaptive' }, max_tokens: 2000 }),
      ),
    'messages withResponse': async () => {
      const { data, response, request_id } = await messages.create(ask('With its response.')).withResponse()
      return { data, head: head(response), request_id }
    },
    'messages asResponse': async () => {
      const response = await messages.create(ask('The response.')).asResponse()
      return { head: head(response), text: await response.text() }
    },
    'messages create stream': async () => items(await messages.create(ask('Tell me.', { stream: true }))),
    'messages stream helper': async () => {
      const stream = messages.stream(ask('With events.'))
      const seen = []
      stream.on('text', (delta) => seen.push(delta))
      return {
        final: await stream.finalMessage(),
        text: await stream.finalText(),
        seen,
        id: stream.request_id,
      }
    },
    'messages stream helper iterated': async () => items(messages.stream(ask('One by one.'))),
    'messages unknown model': () => broken(() => messages.create(ask('Hi.', { model: 'no-such-model' }))),
    'messages overloaded': () => broken(() => messages.create(ask('[provider: error=529]'))),
    'messages aborted': () =>
      broken(() => leave(arrived, (signal) => messages.create(ask('[provider: latency=60000]'), { signal }))),
    'messages stream aborted': async () => {
      const stream = await messages.create(ask('[provider: tokens=60, stall=7]', { stream: true }))
      return said(stream, textOf, 7, () => stream.controller.abort())
    },
    'messages stream left': async () => {
      const stream = messages.stream(ask('[provider: tokens=60, stall=9]'))
      return said(stream, textOf, 9)
    },
    'messages stream broken': async () =>
      broken(async () => items(await messages.create(ask('[provider: tokens=9, fail=4]', { stream: true })))),
    'count_tokens (free)': {
      makes: 0,
      run: () => messages.countTokens({ model: 'claude-haiku-4-5', messages: ask('Count.').messages }),
    },
  }
}
