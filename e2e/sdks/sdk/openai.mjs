/** OpenAI's SDK: chat, responses, embeddings, and every helper that hands out a raw response or a stream. */
import { broken, head, items, leave, said } from '../observe.mjs'

export const title = 'openai'
export const provider = 'openai'
export const majors = [
  { openai: 'openai4' },
  { openai: 'openai5' },
  { openai: 'openai6' },
  { openai: 'openai7' },
]

export async function open({ load, packages, url, arrived }) {
  const { default: OpenAI } = await load(packages.openai)
  const client = new OpenAI({ apiKey: 'sk-local', baseURL: url, maxRetries: 0 })
  const ask = (content, more = {}) => ({
    model: 'gpt-5.4-mini',
    messages: [{ role: 'user', content }],
    ...more,
  })
  const usage = { stream: true, stream_options: { include_usage: true } }
  const document = 'Article: parcels are delivered on working days between eight and six. '.repeat(90)
  const city = {
    type: 'function',
    function: {
      name: 'weather',
      description: 'Weather of a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      parse: JSON.parse,
      function: ({ city }) => `Sunny in ${city}`,
    },
  }
  const schema = {
    type: 'object',
    properties: { title: { type: 'string' }, count: { type: 'integer' } },
    required: ['title', 'count'],
    additionalProperties: false,
  }
  const format = { type: 'json_schema', json_schema: { name: 'note', strict: true, schema } }
  const chat = client.chat.completions
  const helpers = chat.parse ? chat : client.beta.chat.completions
  return {
    'chat JSON': () => chat.create(ask('Where is my parcel?')),
    'chat cold cache': () => chat.create(ask(`${document} One.`)),
    'chat cached': () => chat.create(ask(`${document} Two.`)),
    'chat withResponse': async () => {
      const { data, response, request_id } = await chat.create(ask('With its response.')).withResponse()
      return { data, head: head(response), request_id }
    },
    'chat asResponse': async () => {
      const response = await chat.create(ask('The response.')).asResponse()
      return { head: head(response), text: await response.text() }
    },
    'chat parse': async () => {
      const { choices, usage } = await helpers.parse(ask('A note.', { response_format: format }))
      return { parsed: choices[0].message.parsed, usage }
    },
    'chat stream': async () => items(await chat.create(ask('Tell me.', usage))),
    'chat stream without usage': async () =>
      items(await chat.create(ask('[provider: tokens=40]', { stream: true }))),
    'chat stream toReadableStream': async () => {
      const stream = await chat.create(ask('As bytes.', usage))
      return await new Response(stream.toReadableStream()).text()
    },
    'chat stream tee': async () => {
      const [left, right] = (await chat.create(ask('Twice.', usage))).tee()
      return { left: await items(left), right: await items(right) }
    },
    'chat stream helper': async () => {
      const runner = helpers.stream(ask('With events.', usage))
      const seen = []
      runner.on('content', (delta) => seen.push(delta))
      return { final: await runner.finalChatCompletion(), usage: await runner.totalUsage(), seen }
    },
    'chat runTools': {
      makes: 2,
      run: async () => {
        const runner = helpers.runTools(ask('[provider: call=1] Weather in Bern?', { tools: [city] }))
        const content = await runner.finalContent()
        return { content, messages: runner.messages, usage: await runner.totalUsage() }
      },
    },
    'chat runTools stream': {
      makes: 2,
      run: async () => {
        const runner = helpers.runTools(
          ask('[provider: call=1] Weather in Rome?', { ...usage, tools: [city] }),
        )
        const content = await runner.finalContent()
        return { content, messages: runner.messages }
      },
    },
    'chat unknown model': () => broken(() => chat.create(ask('Hi.', { model: 'no-such-model' }))),
    'chat refused': () => broken(() => chat.create(ask('[provider: error=429]'))),
    'chat aborted': () =>
      broken(() => leave(arrived, (signal) => chat.create(ask('[provider: latency=60000]'), { signal }))),
    'chat stream aborted': async () => {
      const stream = await chat.create(ask('[provider: tokens=60, stall=7]', usage))
      return said(
        stream,
        (chunk) => chunk.choices[0]?.delta?.content,
        7,
        () => stream.controller.abort(),
      )
    },
    'chat stream left': async () => {
      const stream = await chat.create(ask('[provider: tokens=60, stall=9]', usage))
      return said(stream, (chunk) => chunk.choices[0]?.delta?.content, 9)
    },
    'chat stream broken': async () =>
      broken(async () => items(await chat.create(ask('[provider: tokens=9, fail=4]', usage)))),
    'responses JSON': async () => {
      const answer = await client.responses.create({ model: 'gpt-5-mini', input: 'Think of it.' })
      return { answer, text: answer.output_text, id: answer._request_id }
    },
    'responses stream': async () =>
      items(await client.responses.create({ model: 'gpt-5-mini', input: 'Stream it.', stream: true })),
    'responses parse': async () => {
      const text = { format: { type: 'json_schema', name: 'note', strict: true, schema } }
      const answer = await client.responses.parse({ model: 'gpt-5.4', input: 'A note.', text })
      return { parsed: answer.output_parsed, usage: answer.usage }
    },
    'responses stream helper': async () => {
      const stream = client.responses.stream({ model: 'gpt-5.4', input: 'With events.' })
      return { events: await items(stream), final: await stream.finalResponse() }
    },
    embeddings: () => client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] }),
    'models (free)': { makes: 0, run: async () => items(await client.models.list()) },
  }
}
