/**
 * AWS Bedrock's runtime: converse and invoke, whole and streamed, speech in both directions; and its agents' runtime:
 * `bedrock-agents.ts`.
 *
 * Wire format: https://docs.aws.amazon.com/bedrock/latest/APIReference/. The model is in the path. Converse leaves
 * cached tokens out of `inputTokens` and reports all of them in its last event. Invoke passes a vendor's own body
 * through: usage is in there in one of a few shapes, or in two headers; its stream wraps each of the vendor's events
 * in Base64, and the last one carries Bedrock's own counts.
 */

import { parseObject } from '../streams/json-body.ts'
import { decodeUtf8 } from '../streams/latin1.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { assign, countAt, listAt, objectAt, quotedLength, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { readEvent as readAnthropicEvent, readMessage } from './wire/anthropic-messages.ts'
import { agentEndpoints } from './wire/bedrock-agents.ts'
import { novaSonic } from './wire/nova-sonic.ts'

/** Usage of converse, and of Amazon's own models. */
function readUsage(raw: JsonObject | undefined, facts: CallFacts): void {
  const uncached = countAt(raw, 'inputTokens')
  if (uncached === undefined) return
  const cacheRead = countAt(raw, 'cacheReadInputTokens') ?? countAt(raw, 'cacheReadInputTokenCount')
  const cacheWrite = countAt(raw, 'cacheWriteInputTokens') ?? countAt(raw, 'cacheWriteInputTokenCount')
  const written = (ttl: string) => {
    const counts = listAt(raw, 'cacheDetails').filter((detail) => textAt(detail, 'ttl') === ttl)
    return counts.length === 0
      ? undefined
      : counts.reduce<number>((sum, detail) => sum + (countAt(detail, 'inputTokens') ?? 0), 0)
  }
  facts.usage = {
    input: uncached + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: countAt(raw, 'outputTokens') ?? 0,
  }
  assign(facts.usage, { cacheRead, cacheWrite, cacheWrite5m: written('5m'), cacheWrite1h: written('1h') })
}

/** A body or an event of converse: `messageStop` has the reason, `metadata` the usage. */
function readConverse(body: JsonObject, facts: CallFacts): void {
  const reason = textAt(body, 'stopReason')
  const tier = textAt(objectAt(body, 'serviceTier'), 'type')
  assign(facts, {
    finishReasons: reason ? [reason] : undefined,
    serviceTier: tier,
    modifiers: tier ? [`service_tier:${tier}`] : undefined,
  })
  const usage = objectAt(body, 'usage')
  readUsage(usage, facts)
  if (usage) facts.complete = true
}

/** A vendor's body, or one of its events. */
function readInvoked(body: JsonObject, facts: CallFacts): void {
  if (typeof body.type === 'string') {
    if (body.type === 'message') readMessage(body, facts)
    else readAnthropicEvent(body, facts)
    // The vendor's name for the model is not the one that Bedrock bills: that is in the path.
    delete facts.responseModel
  } else {
    readUsage(objectAt(body, 'usage') ?? objectAt(objectAt(body, 'metadata'), 'usage'), facts)
    readPlainCounts(body, facts)
  }
  const metrics = objectAt(body, 'amazon-bedrock-invocationMetrics')
  if (metrics) {
    facts.complete = true
    if (!facts.usage)
      setCounts(facts, countAt(metrics, 'inputTokenCount'), countAt(metrics, 'outputTokenCount'))
  }
}

/** Llama has its counts beside the text, Titan those of its results, and OpenAI's models those of chat. */
function readPlainCounts(body: JsonObject, facts: CallFacts): void {
  const chat = objectAt(body, 'usage')
  const results = listAt(body, 'results').map((result) => countAt(result, 'tokenCount') ?? 0)
  setCounts(
    facts,
    countAt(body, 'prompt_token_count') ??
      countAt(body, 'inputTextTokenCount') ??
      countAt(chat, 'prompt_tokens'),
    countAt(body, 'generation_token_count') ??
      countAt(chat, 'completion_tokens') ??
      (results.length > 0 ? results.reduce((sum, count) => sum + count, 0) : undefined),
  )
}

/** What is not said again stays as it was. */
function setCounts(facts: CallFacts, input: number | undefined, output: number | undefined): void {
  if (input === undefined && output === undefined) return
  const { usage } = facts
  facts.usage = { ...usage, input: input ?? usage?.input ?? 0, output: output ?? usage?.output ?? 0 }
}

const BYTES = /"bytes"\s*:\s*"([A-Za-z0-9+/=]*)"/

/** The vendor's event inside of a `chunk`, one character per byte. */
function unwrap(data: string): string {
  try {
    return atob(BYTES.exec(data)?.[1] ?? '')
  } catch {
    return ''
  }
}

/** The same, parsed. */
function openChunk(body: JsonObject): JsonObject | undefined {
  const bytes = textAt(body, 'bytes')
  return bytes === undefined ? undefined : parseObject(decodeUtf8(atob(bytes)))
}

function readChunk(body: JsonObject, facts: CallFacts): void {
  const event = openChunk(body)
  if (event) readInvoked(event, facts)
}

const COUNTS = /"(?:usage|amazon-bedrock-invocationMetrics|prompt_token_count|message_delta|error)"/

const INVOKED = [
  'type',
  'id',
  'usage',
  'stop_reason',
  'error',
  'metadata',
  'prompt_token_count',
  'generation_token_count',
  'inputTextTokenCount',
  'results',
]

const converse: Endpoint = {
  path: '/model/{model}/converse',
  operation: 'chat',
  paths: ['stopReason', 'usage', 'serviceTier'],
  read: readConverse,
}

const invoke: Endpoint = {
  path: '/model/{model}/invoke',
  operation: 'chat',
  paths: INVOKED,
  read: readInvoked,
}

/** Counts of an answer whose body does not have them, and the type of an error. */
function readHeaders(values: Readonly<Record<string, string>>, facts: CallFacts): void {
  const count = (name: string) => {
    const value = values[`x-amzn-bedrock-${name}-token-count`]
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined
  }
  setCounts(facts, count('input'), count('output'))
  // `ValidationException:http://internal.amazon.com/coral/...`
  const error = values['x-amzn-errortype']?.split(':')[0]
  if (error && /^\w{1,64}$/.test(error)) facts.error = error
}

export const bedrock: Provider = defineProvider({
  name: 'aws.bedrock',
  priceBook: 'aws',
  hosts: [
    'bedrock-runtime.*.amazonaws.com',
    'bedrock-runtime-fips.*.amazonaws.com',
    'bedrock-runtime.*.api.aws',
    'bedrock-runtime-fips.*.api.aws',
    'bedrock-runtime.*.amazonaws.com.cn',
    'bedrock-agent-runtime.*.amazonaws.com',
  ],
  requestIdHeaders: ['x-amzn-requestid'],
  headers: {
    names: ['x-amzn-bedrock-input-token-count', 'x-amzn-bedrock-output-token-count', 'x-amzn-errortype'],
    read: readHeaders,
  },
  endpoints: [
    ...agentEndpoints,
    converse,
    {
      ...converse,
      path: '/model/{model}/converse-stream',
      stream: {
        paths: ['stopReason', 'usage', 'serviceTier'],
        matters: (event) => event === 'metadata' || event === 'messageStop',
        textLength: (event, data) =>
          event === 'contentBlockDelta' ? quotedLength(data, 'text') || quotedLength(data, 'input') : 0,
        read: readConverse,
      },
    },
    { ...invoke, operation: 'embeddings', models: /embed/ },
    {
      ...invoke,
      operation: 'image_generation',
      models: /image|canvas|stability\.|sd3/,
      attributes: { [ATTR.outputType]: 'image' },
      request: {
        paths: ['imageGenerationConfig.numberOfImages'],
        read(fields, facts) {
          const asked = countAt(objectAt(fields, 'imageGenerationConfig'), 'numberOfImages') ?? 1
          facts.meter = { name: 'image_generation', quantity: asked, unit: 'image', from: 'request' }
        },
      },
    },
    invoke,
    {
      ...invoke,
      path: '/model/{model}/invoke-with-response-stream',
      stream: {
        paths: ['bytes'],
        matters: (_event, data) => COUNTS.test(unwrap(data)),
        textLength(_event, data) {
          const event = unwrap(data)
          for (const key of ['text', 'generation', 'outputText', 'content']) {
            const length = quotedLength(event, key)
            if (length > 0) return length
          }
          return 0
        },
        read: readChunk,
      },
    },
    novaSonic(unwrap, openChunk),
  ],
})
