/**
 * The calls that every tool is asked to trace: whole and streamed, cached, thinking, refused.
 *
 * Invariant: one after the other, each awaited, so that spans and requests are in one order.
 */

const DOCUMENT = 'Article: parcels are delivered on working days between eight and six. '.repeat(90)
const user = (content) => [{ role: 'user', content }]
const ignore = () => undefined

/** Through a client of the `openai` package. @param more what the tool also knows: `embeddings`, `responses` */
export async function callOpenai(client, more = ['embeddings', 'responses']) {
  const chat = (content, options = {}) =>
    client.chat.completions.create({ model: 'gpt-5.4-mini', messages: user(content), ...options })
  await chat('Where is my parcel?')
  await chat(`${DOCUMENT} One.`)
  await chat(`${DOCUMENT} Two.`)
  const stream = await chat('Tell me.', { stream: true, stream_options: { include_usage: true } })
  for await (const _chunk of stream);
  await chat('Think.', { model: 'gpt-5.1' })
  await chat('Hi.', { model: 'no-such-model' }).catch(ignore)
  if (more.includes('embeddings')) {
    await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] })
  }
  if (more.includes('responses'))
    await client.responses.create({ model: 'gpt-5-mini', input: 'Think of it.' })
}

/** Through a client of the `@anthropic-ai/sdk` package. */
export async function callAnthropic(client) {
  const system = [{ type: 'text', text: DOCUMENT, cache_control: { type: 'ephemeral' } }]
  const ask = (content, options = {}) =>
    client.messages.create({
      model: 'claude-haiku-4-5',
      max_tokens: 1000,
      messages: user(content),
      ...options,
    })
  await ask('Where is my parcel?')
  await ask('One.', { system })
  await ask('Two.', { system })
  for await (const _event of await ask('Tell me.', { stream: true }));
  await ask('Hi.', { model: 'no-such-model' }).catch(ignore)
}

/** Through the AI SDK. @param telemetry what is passed to every call */
export async function callAiSdk(ai, { openai, anthropic }, telemetry) {
  const ask = (model, prompt, options = {}) => ({ model, prompt, maxRetries: 0, ...telemetry, ...options })
  const cached = (text) => ({
    model: anthropic('claude-haiku-4-5'),
    maxRetries: 0,
    ...telemetry,
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'text',
            text: DOCUMENT,
            providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
          },
          { type: 'text', text },
        ],
      },
    ],
  })
  const chat = openai.chat('gpt-5.4-mini')
  await ai.generateText(ask(chat, 'Where is my parcel?'))
  await ai.generateText(ask(chat, `${DOCUMENT} One.`))
  await ai.generateText(ask(chat, `${DOCUMENT} Two.`))
  await ai.streamText(ask(chat, 'Tell me.')).text
  await ai.generateText(ask(openai.responses('gpt-5-mini'), 'Think of it.'))
  await ai.generateText(ask(openai.chat('no-such-model'), 'Hi.')).catch(ignore)
  await ai.embed({
    model: (openai.embedding ?? openai.textEmbedding)('text-embedding-3-small'),
    value: 'one',
    maxRetries: 0,
    ...telemetry,
  })
  await ai.generateText(cached('One.'))
  await ai.generateText(cached('Two.'))
  await ai.streamText(ask(anthropic('claude-haiku-4-5'), 'Tell me.')).text
}
