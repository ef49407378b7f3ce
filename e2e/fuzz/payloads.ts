/**
 * Requests to the receivers and to the API, most of them damaged.
 *
 * Invariant: the same numbers give the same requests.
 */
import { deflateSync, gzipSync } from 'node:zlib'
import { call, json, protobuf } from '../../collector/test/spans.ts'
import { between, type Random } from '../../examples/provider/random.ts'
import { mutateBytes, mutateJson } from './mutate.ts'

/** What one request is. */
export interface Payload {
  readonly kind: 'protobuf' | 'json' | 'cloudevents' | 'grpc' | 'query'
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Buffer
}

const NOW = Math.floor(Date.now() / 1000)
const SPANS = Array.from({ length: 3 }, (_, i) =>
  call(
    i + 1,
    { 'gen_ai.usage.input_tokens': 10, 'gen_ai.input.messages': '[{"role":"user"}]', list: ['a', 'b'] },
    NOW,
  ),
)
const PROTOBUF = protobuf(SPANS)
const JSON_TEXT = json(SPANS).toString()
const EVENT = {
  specversion: '1.0',
  ...{ id: 'e1', source: 'fuzz', type: 'usage', subject: 'acme', time: new Date(NOW * 1000).toISOString() },
  data: { meter: 'voice_minute', quantity: '1.5', unit: 'min' },
}

/** A request to a receiver. */
export function receiverPayload(random: Random, grpc: boolean): Payload {
  const chance = random()
  if (grpc && chance < 0.15) return grpcPayload(random)
  if (chance < 0.25) return cloudEvents(random)
  const asJson = random() < 0.45
  let body = asJson ? jsonBody(JSON.parse(JSON_TEXT), random) : mutateBytes(PROTOBUF, random)
  const headers: Record<string, string> = {
    'content-type': asJson ? 'application/json' : 'application/x-protobuf',
  }
  if (random() < 0.3) {
    const gzip = random() < 0.7
    body = gzip ? gzipSync(body, { level: 1 }) : deflateSync(body, { level: 1 })
    if (random() < 0.5) body = mutateBytes(body, random)
    headers['content-encoding'] = gzip ? 'gzip' : 'deflate'
  }
  if (random() < 0.02) headers['content-type'] = 'text/plain; charset=\u00ff'
  if (random() < 0.02) headers['content-encoding'] = 'br'
  const path = random() < 0.1 ? '/api/public/otel/v1/traces' : '/v1/traces'
  return { kind: asJson ? 'json' : 'protobuf', method: 'POST', path, headers, body }
}

function cloudEvents(random: Random): Payload {
  const batch = random() < 0.5
  const type = batch ? 'application/cloudevents-batch+json' : 'application/cloudevents+json'
  const body = jsonBody(batch ? [EVENT, { ...EVENT, id: 'e2' }] : EVENT, random)
  return { kind: 'cloudevents', method: 'POST', path: '/v1/usage', headers: { 'content-type': type }, body }
}

function grpcPayload(random: Random): Payload {
  const message = mutateBytes(PROTOBUF, random)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  const body = Buffer.concat([head, message])
  return {
    kind: 'grpc',
    method: 'POST',
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    headers: { 'content-type': 'application/grpc', te: 'trailers' },
    body: random() < 0.2 ? mutateBytes(body, random) : body,
  }
}

function jsonBody(value: unknown, random: Random): Buffer {
  const chance = [0.001, 0.005, 0.03][between(0, 2, random)]
  const text = Buffer.from(JSON.stringify(mutateJson(value, random, chance)) ?? '')
  return random() < 0.3 ? mutateBytes(text, random) : text
}

/** A parameter as the OpenAPI text names it. */
export interface Parameter {
  name: string
  in: string
  schema?: { enum?: unknown[]; example?: unknown; default?: unknown }
  example?: unknown
}

/** An endpoint that answers GET. */
export interface Endpoint {
  path: string
  parameters: readonly Parameter[]
}

const VALUES = [
  ...[
    '',
    '0',
    '-1',
    '1',
    '5',
    '1e9',
    'NaN',
    'null',
    'true',
    '[]',
    '%00',
    '\u0000',
    '\ud7ff',
    'acme',
    'today',
    'custom',
  ],
  ...[
    '2026-11-25',
    '2026-02-30',
    '2026-11-25T00:00:00Z',
    '0001-01-01',
    '9999-12-31T23:59:59.999999Z',
    '7d',
    '99999d',
  ],
  ...[
    'Europe/Berlin',
    'Mars/Base',
    'UTC',
    "' OR 1=1 --",
    '{}',
    '"',
    '\\',
    'x'.repeat(300),
    '-cost',
    'model',
    'csv',
    'hour',
  ],
]

/** A question to the API. */
export function queryPayload(random: Random, endpoints: readonly Endpoint[]): Payload {
  const { path, parameters } = endpoints[between(0, endpoints.length - 1, random)] as Endpoint
  const query = new URLSearchParams()
  for (const { name, schema, example } of parameters.filter((one) => one.in === 'query')) {
    if (random() < 0.5) continue
    const good = schema?.enum ?? [example ?? schema?.example ?? schema?.default ?? '1']
    const value = random() < 0.5 ? good[between(0, good.length - 1, random)] : any(random)
    query.append(name, String(value))
    if (random() < 0.03) query.append(name, any(random))
  }
  if (random() < 0.1) query.append(any(random) || 'unknown', any(random))
  const filled = path.replace(/\{[^}]+\}/g, () => encodeURIComponent(any(random) || 'x'))
  return { kind: 'query', method: 'GET', path: `${filled}?${query}`, headers: {}, body: Buffer.alloc(0) }
}

function any(random: Random): string {
  return VALUES[between(0, VALUES.length - 1, random)] as string
}
