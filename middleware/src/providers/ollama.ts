/**
 * Ollama: its own API (chat, generate, embeddings) and the OpenAI-compatible one.
 *
 * Wire format: https://docs.ollama.com/api. Its own streams are lines of JSON, and the one that is `done` has the
 * counts. The cloud's host is known; a server of one's own is named by `hosts` in the options
 * (`'localhost:11434': 'ollama'`).
 */
import { assign, countAt, quotedLength, textAt } from './fields.ts'
import type { CallFacts, Endpoint, JsonObject, Provider } from './provider.ts'
import { readError } from './wire/errors.ts'
import { oneCall } from './wire/metered.ts'
import { openAiCompatible } from './wire/openai-family.ts'

function read(body: JsonObject, facts: CallFacts): void {
  readError(body, facts)
  const reason = textAt(body, 'done_reason')
  assign(facts, { responseModel: textAt(body, 'model'), finishReasons: reason ? [reason] : undefined })
  const output = countAt(body, 'eval_count')
  // A prompt that is still in the cache is not evaluated again, and its count is left out.
  const input = countAt(body, 'prompt_eval_count') ?? (output === undefined ? undefined : 0)
  if (input !== undefined) facts.usage = { input, output: output ?? 0 }
  if (body.done === true) facts.complete = true
}

const PATHS = ['model', 'done', 'done_reason', 'prompt_eval_count', 'eval_count', 'error']

const native = (path: string, operation: string, text: string): Endpoint => ({
  path,
  operation,
  maxOutput: 'options.num_predict',
  paths: PATHS,
  read,
  stream: {
    paths: PATHS,
    matters: (_event, data) => data.includes('"done":true') || data.includes('"error"'),
    textLength: (_event, data) => quotedLength(data, text) || quotedLength(data, 'thinking'),
    read,
  },
})

const web = (path: string, operation: string, name: string): Endpoint => ({
  path,
  operation,
  paths: ['error'],
  request: {
    paths: [],
    read(_fields, facts) {
      facts.meter = oneCall(name, 'request')
    },
  },
  read: readError,
})

export const ollama: Provider = openAiCompatible({
  name: 'ollama',
  hosts: ['ollama.com'],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  more: [
    native('/api/chat', 'chat', 'content'),
    native('/api/generate', 'text_completion', 'response'),
    { path: '/api/embed', operation: 'embeddings', paths: PATHS, read },
    { path: '/api/embeddings', operation: 'embeddings', paths: PATHS, read },
    web('/api/web_search', 'web_search', 'search'),
    web('/api/web_fetch', 'web_fetch', 'fetch'),
  ],
})
