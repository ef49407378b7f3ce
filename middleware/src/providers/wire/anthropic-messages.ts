/**
 * Anthropic's messages, as Anthropic and those who serve its models or copy its API speak them.
 *
 * Wire format: https://platform.claude.com/docs/en/api/messages. `input_tokens` leaves cached tokens out, so
 * the total is the sum of three; output includes thinking. A stream reports input in `message_start` and
 * cumulative numbers in `message_delta`, which are merged field by field.
 *
 * Invariant: a later report never erases what an earlier one said.
 */
import { assign, countAt, listAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Metered, Share, Usage } from '../provider.ts'
import { readError } from './errors.ts'
import { addUsage } from './shares.ts'

/** What the top level said, where iterations add to it: later reports are merged with this, not with the sum. */
const topLevel = new WeakMap<CallFacts, Usage>()

/** Tokens of a usage object, merged with what was said `before`. */
function tokensOf(raw: JsonObject, before?: Usage): Usage | undefined {
  const cacheRead = countAt(raw, 'cache_read_input_tokens') ?? before?.cacheRead
  const cacheWrite = countAt(raw, 'cache_creation_input_tokens') ?? before?.cacheWrite
  const cachedBefore = (before?.cacheRead ?? 0) + (before?.cacheWrite ?? 0)
  const uncached = countAt(raw, 'input_tokens') ?? (before ? before.input - cachedBefore : undefined)
  if (uncached === undefined) return undefined
  const usage: Usage = {
    ...before,
    input: uncached + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: countAt(raw, 'output_tokens') ?? before?.output ?? 0,
  }
  const byLifetime = objectAt(raw, 'cache_creation')
  assign(usage, {
    cacheRead,
    cacheWrite,
    cacheWrite5m: countAt(byLifetime, 'ephemeral_5m_input_tokens'),
    cacheWrite1h: countAt(byLifetime, 'ephemeral_1h_input_tokens'),
    reasoning: countAt(objectAt(raw, 'output_tokens_details'), 'thinking_tokens'),
    webSearches: countAt(objectAt(raw, 'server_tool_use'), 'web_search_requests'),
  })
  return usage
}

function readUsage(raw: JsonObject | undefined, facts: CallFacts): void {
  const usage = raw && tokensOf(raw, topLevel.get(facts) ?? facts.usage)
  if (!usage) return
  facts.usage = usage
  readIterations(raw, usage, facts)
  readTools(objectAt(raw, 'server_tool_use'), facts)

  const tier = textAt(raw, 'service_tier')
  const remarks = [
    ['service_tier', tier],
    ['speed', textAt(raw, 'speed')],
    ['inference_geo', textAt(raw, 'inference_geo')],
  ] as const
  const modifiers = remarks.flatMap(([kind, value]) => (value ? [`${kind}:${value}`] : []))
  assign(facts, { serviceTier: tier, modifiers: modifiers.length > 0 ? modifiers : undefined })
}

/**
 * The totals leave out what a compaction and an advisor used; an advisor is a model of its own. Other iterations are
 * parts of the totals.
 */
function readIterations(raw: JsonObject, totals: Usage, facts: CallFacts): void {
  let own = totals
  const advisors: Share[] = []
  for (const iteration of listAt(raw, 'iterations') as JsonObject[]) {
    const usage = tokensOf(iteration)
    if (!usage) continue
    if (iteration.type === 'compaction') own = addUsage(own, usage)
    else if (iteration.type === 'advisor_message') advisors.push({ model: textAt(iteration, 'model'), usage })
  }
  if (own === totals && advisors.length === 0) return
  topLevel.set(facts, totals)
  facts.usage = advisors.reduce((sum, { usage }) => addUsage(sum, usage), own)
  if (advisors.length > 0) facts.shares = [{ usage: own }, ...advisors]
}

function readTools(used: JsonObject | undefined, facts: CallFacts): void {
  const tools: Metered[] = []
  for (const name of ['web_search', 'web_fetch']) {
    const quantity = countAt(used, `${name}_requests`)
    if (quantity) tools.push({ name, quantity, unit: 'request' })
  }
  if (tools.length > 0) facts.moreMeters = tools
}

/** Takes what counts from a message, or from the error in its place. */
export function readMessage(body: JsonObject, facts: CallFacts): void {
  if (body.type === 'error' || body.error) {
    readError(body, facts)
    return
  }
  const reason = textAt(body, 'stop_reason')
  assign(facts, {
    responseModel: textAt(body, 'model'),
    responseId: textAt(body, 'id'),
    finishReasons: reason ? [reason] : undefined,
  })
  readUsage(objectAt(body, 'usage'), facts)
}

/** Takes what counts from one event of a stream. */
export function readEvent(event: JsonObject, facts: CallFacts): void {
  switch (event.type) {
    case 'message_start': {
      const message = objectAt(event, 'message')
      if (message) readMessage(message, facts)
      break
    }
    case 'message_delta': {
      const reason = textAt(objectAt(event, 'delta'), 'stop_reason')
      if (reason) facts.finishReasons = [reason]
      readUsage(objectAt(event, 'usage'), facts)
      facts.complete = facts.usage !== undefined
      break
    }
    case 'error':
      readMessage(event, facts)
      break
  }
}

const HEAVY = ['content_block_delta', 'content_block_start', 'content_block_stop', 'ping', 'message_stop']

/** What a provider does differently. */
export interface MessagesDialect {
  /** Takes more from a usage object (cost). */
  usage?(raw: JsonObject, facts: CallFacts): void
  /** Reads what else an answer, or an event of one, says. */
  also?(body: JsonObject, facts: CallFacts): void
  /** Further paths that `also` looks at. */
  paths?: readonly string[]
}

/** Messages. @param path where it is not `/v1/messages` */
export function messages(path: string = '/v1/messages', dialect: MessagesDialect = {}): Endpoint {
  const also = (holder: JsonObject | undefined, facts: CallFacts): void => {
    const raw = objectAt(holder, 'usage')
    if (raw) dialect.usage?.(raw, facts)
    if (holder) dialect.also?.(holder, facts)
  }
  const more = dialect.paths ?? []
  return {
    path,
    maxOutput: 'max_tokens',
    operation: 'chat',
    paths: ['type', 'id', 'model', 'usage', 'stop_reason', 'error', ...more],
    read(body, facts) {
      readMessage(body, facts)
      also(body, facts)
    },
    stream: {
      paths: ['type', 'message.id', 'message.model', 'message.usage', 'delta', 'usage', 'error', ...more],
      matters: (event, data) =>
        event === '' ? !data.includes('"content_block_delta"') : !HEAVY.includes(event),
      textLength: (event, data) =>
        event === 'content_block_delta'
          ? quotedLength(data, 'text') || quotedLength(data, 'thinking') || quotedLength(data, 'partial_json')
          : 0,
      read(event, facts) {
        readEvent(event, facts)
        also(event, facts)
      },
    },
  }
}
