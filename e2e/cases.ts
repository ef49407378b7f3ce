/**
 * Every combination that the end-to-end test drives through the example services.
 *
 * Invariant: a case is one request of a caller; what the provider then billed is read from its ledger.
 */

/** One request to a service. */
export interface Case {
  /** Unique; also the conversation id under which the calls arrive. */
  name: string
  outcome: 'ok' | 'cached' | 'error' | 'refused' | 'aborted' | 'broken' | 'unpriced' | 'unreported'
  path: '/chat' | '/suggest' | '/summarise' | '/embed' | '/assist'
  body: Record<string, unknown>
  /** Streams: leave after so many pieces of text. JSON: `0`, leave before the answer. */
  leaveAfter?: number
}

/** Above the 1,024 tokens from which providers cache. */
const DOCUMENT = 'Article: parcels are delivered on working days between eight and six. '.repeat(90)

/** All cases for one wiring; `wiring` makes prompts differ, so that one wiring never warms the other's cache. */
export function createCases(wiring: string): Case[] {
  const surfaces = [
    ...both('chat', '/chat', (text, document) => ({ ...turns(text), model: 'gpt-5.4-mini', document })),
    ...both('responses', '/summarise', (text, document) => ({
      texts: document ? [document, text] : [text],
      model: 'gpt-5-mini',
    })),
    ...both('messages', '/assist', (text, document) => ({
      ...turns(text),
      model: 'claude-haiku-4-5',
      document,
    })),
  ]
  const matrix = surfaces.flatMap(({ name, path, stream, body }): Case[] => {
    const document = `${wiring}, ${name}. ${DOCUMENT}`
    return [
      { name: `${name} ok`, outcome: 'ok', path, body: body('a plain question') },
      { name: `${name} cache is cold`, outcome: 'ok', path, body: body('first question', document) },
      { name: `${name} cached`, outcome: 'cached', path, body: body('second question', document) },
      {
        name: `${name} unknown model`,
        outcome: 'error',
        path,
        body: { ...body('hello'), model: 'no-such-model' },
      },
      {
        name: `${name} rate limited`,
        outcome: 'refused',
        path,
        body: body('[provider: error=429, retry=5]'),
      },
      stream
        ? {
            name: `${name} aborted`,
            outcome: 'aborted',
            path,
            body: body('[provider: tokens=60, stall=7]'),
            leaveAfter: 7,
          }
        : {
            name: `${name} aborted`,
            outcome: 'aborted',
            path,
            body: body('[provider: latency=60000]'),
            leaveAfter: 0,
          },
      ...(stream
        ? [
            {
              name: `${name} broken`,
              outcome: 'broken' as const,
              path,
              body: body('[provider: tokens=9, fail=4]'),
            },
          ]
        : []),
    ]
  })
  const embed = { path: '/embed' as const }
  return [
    ...matrix,
    { ...embed, name: 'embeddings ok', outcome: 'ok', body: { texts: ['one', 'two texts', 'three'] } },
    {
      ...embed,
      name: 'embeddings large ok',
      outcome: 'ok',
      body: { text: DOCUMENT, model: 'text-embedding-3-large' },
    },
    {
      ...embed,
      name: 'embeddings unknown model',
      outcome: 'error',
      body: { text: 'x', model: 'no-such-model' },
    },
    {
      ...embed,
      name: 'embeddings rate limited',
      outcome: 'refused',
      body: { text: '[provider: error=500]' },
    },
    {
      ...embed,
      name: 'embeddings aborted',
      outcome: 'aborted',
      body: { text: '[provider: latency=60000]' },
      leaveAfter: 0,
    },
    // Other buckets and tiers of the same surfaces.
    {
      name: 'responses at half price ok',
      outcome: 'ok',
      path: '/summarise',
      body: { text: 'no hurry', urgent: false, stream: true },
    },
    chat('chat reasons ok', { model: 'gpt-5.1', stream: true }),
    chat('chat reasons JSON ok', { model: 'gpt-5.1' }),
    chat('chat counts cache writes ok', { model: 'gpt-6-luna', document: `${wiring} luna. ${DOCUMENT}` }),
    {
      ...chat('chat reads what it wrote cached', {
        model: 'gpt-6-luna',
        document: `${wiring} luna. ${DOCUMENT}`,
      }),
      outcome: 'cached',
    },
    chat('chat cut by its maximum ok', { maxTokens: 5, stream: true }),
    assist('messages one hour ok', { document: `${wiring} hour. ${DOCUMENT}`, keep: '1h' }),
    {
      ...assist('messages one hour cached', {
        document: `${wiring} hour. ${DOCUMENT}`,
        keep: '1h',
        stream: true,
      }),
      outcome: 'cached',
    },
    assist('messages think ok', { model: 'claude-sonnet-5', think: true, stream: true, maxTokens: 2000 }),
    assist('messages think JSON ok', { model: 'claude-opus-5-5', think: true, maxTokens: 2000 }),
    { ...chat('chat without a price', { model: 'orchid-preview' }), outcome: 'unpriced' },
    {
      ...chat('chat stream without a price', { model: 'orchid-preview', stream: true }),
      outcome: 'unpriced',
    },
    {
      name: 'stream without usage',
      outcome: 'unreported',
      path: '/suggest',
      body: turns('[provider: tokens=40]'),
    },
  ]
}

function both(
  name: string,
  path: Case['path'],
  body: (text: string, document?: string) => Record<string, unknown>,
): {
  name: string
  path: Case['path']
  stream: boolean
  body: (text: string, document?: string) => Record<string, unknown>
}[] {
  return [false, true].map((stream) => ({
    name: `${name} ${stream ? 'stream' : 'JSON'}`,
    path,
    stream,
    body: (text, document) => ({ ...body(text, document), stream }),
  }))
}

function chat(name: string, body: object): Case {
  return { name, outcome: 'ok', path: '/chat', body: { ...turns(`for ${name}`), ...body } }
}

function assist(name: string, body: object): Case {
  return { name, outcome: 'ok', path: '/assist', body: { ...turns(`for ${name}`), ...body } }
}

function turns(content: string): { messages: { role: 'user'; content: string }[] } {
  return { messages: [{ role: 'user', content }] }
}
