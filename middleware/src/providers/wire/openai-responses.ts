/**
 * OpenAI's responses, as OpenAI and those compatible with it speak them.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/responses. A stream always carries usage, in the
 * response object inside its terminal event.
 *
 * Invariant: `complete` is set by a terminal event and by nothing else.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, listAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Usage } from '../provider.ts'
import { readError } from './errors.ts'
import { readCommon } from './openai-chat.ts'

/** What a provider does differently. */
export interface ResponsesDialect {
  /** Changes what was read from the usage object `raw`, or takes more from it (cost). */
  usage?(usage: Usage, raw: JsonObject, facts: CallFacts): void
  /** Reads what else a response says. */
  also?(body: JsonObject, facts: CallFacts): void
  /** Further paths that `also` looks at. */
  paths?: readonly string[]
}

const PATHS = [
  'background',
  'model',
  'id',
  'usage',
  'service_tier',
  'error',
  'status',
  'incomplete_details',
  'output[].type',
  'output[].action.type',
  'output[].container_id',
]

/** @param usage `input_tokens`, `output_tokens` and their details, or `undefined` where there is none */
export function responsesUsage(usage: JsonObject | undefined): Usage | undefined {
  const input = countAt(usage, 'input_tokens')
  if (input === undefined) return undefined
  const result: Usage = { input, output: countAt(usage, 'output_tokens') ?? 0 }
  const inputDetails = objectAt(usage, 'input_tokens_details')
  assign(result, {
    cacheRead: countAt(inputDetails, 'cached_tokens'),
    cacheWrite: countAt(inputDetails, 'cache_write_tokens'),
    audioInput: countAt(inputDetails, 'audio_tokens'),
    imageInput: countAt(inputDetails, 'image_tokens'),
    reasoning: countAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
  })
  return result
}

/**
 * Tools that the provider ran and bills by themselves: searches on the web (opening a page that was found is free) and
 * in stored files, which have a price, and containers, which have one by their size that the answer does not say.
 */
function readTools(output: readonly unknown[], facts: CallFacts): void {
  const { usage } = facts
  if (!usage || output.length === 0) return
  const calls = (type: string) => output.filter((item) => textAt(item, 'type') === type)
  const web = calls('web_search_call').filter(
    (call) => (textAt(objectAt(call, 'action'), 'type') ?? 'search') === 'search',
  ).length
  const files = calls('file_search_call').length
  const containers = new Set(calls('code_interpreter_call').map((call) => textAt(call, 'container_id'))).size
  if (web > 0) usage.webSearches = web
  if (files > 0) usage.fileSearches = files
  const tools = [
    { name: 'web_search', quantity: web, unit: 'request' },
    { name: 'file_search', quantity: files, unit: 'request' },
    { name: 'code_interpreter', quantity: containers, unit: 'container' },
    { name: 'image_generation', quantity: calls('image_generation_call').length, unit: 'image' },
  ].filter(({ quantity }) => quantity > 0)
  if (tools.length > 0) facts.moreMeters = tools
}

const TERMINAL = /^response\.(?:completed|incomplete|failed)$/
const MATTERS = /^(?:error|response\.(?:created|completed|incomplete|failed))$/

/** Responses. */
export function responses(dialect: ResponsesDialect = {}): Endpoint {
  /** A response object: the body of a JSON answer, and inside the events of a stream. */
  function read(body: JsonObject, facts: CallFacts): void {
    readCommon(body, facts)
    readError(body, facts)
    const raw = objectAt(body, 'usage')
    const usage = responsesUsage(raw)
    if (raw && usage) {
      dialect.usage?.(usage, raw, facts)
      facts.usage = usage
      readTools(listAt(body, 'output'), facts)
    }
    dialect.also?.(body, facts)
    const status = textAt(body, 'status')
    if (status === 'completed') facts.finishReasons = ['completed']
    else if (status === 'incomplete') {
      facts.finishReasons = [textAt(objectAt(body, 'incomplete_details'), 'reason') ?? 'incomplete']
    } else if (status === 'failed') facts.error ??= '_OTHER'
  }

  function readEvent(event: JsonObject, facts: CallFacts): void {
    const type = textAt(event, 'type') ?? ''
    if (type === 'error') {
      // The error's fields stand beside the event's own type, or inside `error`.
      readError(event, facts)
      return
    }
    const response = objectAt(event, 'response')
    if (response) read(response, facts)
    if (TERMINAL.test(type)) facts.complete = true
  }

  const paths = [...PATHS, ...(dialect.paths ?? [])]
  return {
    path: '/responses',
    operation: 'chat',
    maxOutput: 'max_output_tokens',
    attributes: { [ATTR.openaiApiType]: 'responses' },
    paths,
    read,
    stream: {
      paths: ['type', 'code', 'error', ...paths.map((path) => `response.${path}`)],
      terminator: '[DONE]',
      matters: (event, data) =>
        event === '' ? data.includes('"response":') || data.includes('"type":"error"') : MATTERS.test(event),
      textLength: (_event, data) => quotedLength(data, 'delta'),
      read: readEvent,
    },
  }
}

/** Statuses after which a response does not change. */
const OVER: ReadonlySet<string> = new Set(['completed', 'incomplete', 'failed', 'cancelled'])

/**
 * Responses that may go on in the background: the answer that begins one has no usage, and the first `GET` that says
 * that it is over is counted. Of other responses a `GET` says again what was counted when they were made.
 */
export function backgroundResponses(dialect: ResponsesDialect = {}): Endpoint[] {
  const background: ResponsesDialect = {
    ...dialect,
    also(body, facts) {
      dialect.also?.(body, facts)
      const id = textAt(body, 'id')
      if (body.background !== true || id === undefined) return
      facts.job = { id, done: OVER.has(textAt(body, 'status') ?? '') }
    },
  }
  const made = responses(background)
  return [made, { ...made, path: '/responses/{id}', method: 'GET', poll: 'begun' }]
}

/** What only has a usage, like a response: a compacted conversation, a decision. */
export function responseUsage(path: string, operation: string): Endpoint {
  const { stream: _stream, attributes: _attributes, ...whole } = responses()
  return { ...whole, path, operation }
}

/**
 * Responses over a WebSocket: the events of their streams as messages, one response after another.
 *
 * Wire format: https://platform.openai.com/docs/guides/websocket-mode. An error that comes while no response goes on
 * is the answer to a request for one.
 */
export function responsesSocket(dialect: ResponsesDialect = {}): Endpoint {
  const { stream, ...whole } = responses(dialect)
  function read(body: JsonObject, facts: CallFacts): void {
    stream?.read(body, facts)
  }
  return {
    ...whole,
    method: 'GET',
    socket: {
      matters: (data) => data.includes('"response":') || /"type"\s*:\s*"error"/.test(data),
      textLength: (data) =>
        /"type"\s*:\s*"[^"]*\.delta"/.test(data) ? quotedLength(data, 'delta') : undefined,
      paths: stream?.paths ?? [],
      read(message, { notes }) {
        const type = textAt(message, 'type') ?? ''
        const failed = type === 'error'
        if (!failed && type !== 'response.created' && !TERMINAL.test(type)) return []
        const known = notes.get('open')
        const id = textAt(objectAt(message, 'response'), 'id') ?? String(known ?? 'response')
        const done = failed || TERMINAL.test(type)
        if (done) notes.delete('open')
        else notes.set('open', id)
        return [{ id, endpoint: { ...whole, read }, body: message, done }]
      },
    },
  }
}
