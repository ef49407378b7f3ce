/** What a sender can do wrong: each gets a status and a sentence, and the collector goes on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { resourceFromAttributes } from '@opentelemetry/resources'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Collector, startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { call, json, protobuf } from './spans.ts'

let dataDir: string
let collector: Collector

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-bad-'))
  const config = readConfig({ SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir }, 'spool: { maxAgeMs: 20 }')
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
})
afterAll(async () => {
  expect(await collector.close()).toBe(0)
  await rm(dataDir, { recursive: true, force: true })
})

type Answer = { status: number; type: string; body: Buffer; headers: Record<string, unknown> }

function send(
  body: Buffer | string,
  headers: Record<string, string>,
  method = 'POST',
  path = '/v1/traces',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(`${collector.url}${path}`, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body: Buffer.concat(parts),
          headers: response.headers,
        }),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const GZIP = { 'content-encoding': 'gzip' }

async function check(
  body: Buffer | string,
  headers: Record<string, string>,
  status: number,
  sentence: RegExp,
): Promise<void> {
  const answer = await send(body, headers)
  expect([answer.status, answer.body.toString()]).toEqual([status, expect.stringMatching(sentence)])
  if (headers['content-type'] === PROTOBUF['content-type']) {
    expect(answer.type).toBe('application/x-protobuf')
    // google.rpc.Status: field 1 is the code, field 2 the message
    expect([answer.body[0], answer.body[2]]).toEqual([0x08, 0x12])
  } else {
    expect(JSON.parse(answer.body.toString())).toEqual({
      code: expect.any(Number),
      message: expect.any(String),
    })
  }
}

test('malformed bodies get 400 and say where', async () => {
  const whole = protobuf([call(1)])
  await check(
    whole.subarray(0, whole.length - 3),
    PROTOBUF,
    400,
    /cannot read the protobuf body: .* at byte \d+; send/,
  )
  await check(Buffer.from('hello, world'), PROTOBUF, 400, /cannot read the protobuf body/)
  await check('{"resourceSpans": [', JSON_TYPE, 400, /cannot read the JSON body/)
  await check('[]', JSON_TYPE, 400, /the body is not an object/)
  await check(
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":7}]}]}]}',
    JSON_TYPE,
    400,
    /spans\[0\]\.name is not a text/,
  )
  await check(whole, { ...PROTOBUF, ...GZIP }, 400, /no valid gzip data/)
  await check(gzipSync(whole).subarray(0, 40), { ...PROTOBUF, ...GZIP }, 400, /no valid gzip data/)
})

test('values nested without end get 400', async () => {
  const open = '{"arrayValue":{"values":['.repeat(5000)
  const nested = `${open}${']}}'.repeat(5000)}`
  const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${nested}}]}}]}`
  await check(body, JSON_TYPE, 400, /nested more than 16 deep/)
})

test('a type or an encoding that is not known gets 415', async () => {
  await check(
    'x',
    { 'content-type': 'text/plain' },
    415,
    /cannot read content-type .*text\/plain.*; send application\/x-protobuf/,
  )
  await check('x', { ...PROTOBUF, 'content-encoding': 'br' }, 415, /content-encoding .*br.* is not supported/)
})

test('a body that is too large, on the wire or when unpacked, gets 413', async () => {
  const zeros = Buffer.alloc(50 * 1024 * 1024)
  await check(gzipSync(zeros), { ...PROTOBUF, ...GZIP }, 413, /larger than 16777216 bytes decompressed/)
  await check(deflateSync(zeros), { ...JSON_TYPE, 'content-encoding': 'deflate' }, 413, /decompressed/)
  const declared = await send('', { ...PROTOBUF, 'content-length': '52428800' })
  expect(declared.status).toBe(413)
})

test('a method that is not POST gets 405, a page of another site 403', async () => {
  expect((await send('', JSON_TYPE, 'GET')).status).toBe(405)
  expect((await send(json([call(1)]), { ...JSON_TYPE, origin: 'https://evil.example' })).status).toBe(403)
  expect((await send(json([call(1)]), { ...JSON_TYPE, host: 'evil.example:4318' })).status).toBe(403)
})

test('spans without usable ids or times are refused alone, and the answer counts them', async () => {
  const body = JSON.parse(json([call(1), call(2), call(3)]).toString())
  const [first, second] = body.resourceSpans.flatMap((one: { scopeSpans: { spans: object[] }[] }) =>
    one.scopeSpans.flatMap(({ spans }) => spans),
  )
  first.traceId = 'abc'
  second.startTimeUnixNano = '5'
  const answer = await send(JSON.stringify(body), JSON_TYPE)
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body.toString())).toEqual({
    partialSuccess: { rejectedSpans: '2', errorMessage: expect.stringContaining('trace_id is not 16 bytes') },
  })
})

test('a good request gets the empty answer of its encoding', async () => {
  const plain = await send(protobuf([call(10)]), PROTOBUF)
  expect([plain.status, plain.type, plain.body.length]).toEqual([200, 'application/x-protobuf', 0])
  const packed = await send(gzipSync(json([call(11)])), { ...JSON_TYPE, ...GZIP })
  expect([packed.status, packed.body.toString()]).toEqual([200, '{}'])
})

test('metrics and logs get a warning that an exporter shows, and Langfuse has its path', async () => {
  for (const signal of ['metrics', 'logs']) {
    const path = `/v1/${signal}`
    const asJson = await send('{}', JSON_TYPE, 'POST', path)
    expect([asJson.status, JSON.parse(asJson.body.toString())]).toEqual([
      200,
      { partialSuccess: { errorMessage: expect.stringContaining(`${signal} are not stored`) } },
    ])
    const packed = await send(Buffer.alloc(300_000), PROTOBUF, 'POST', path)
    // field 1 is the partial success, of which field 2 is the message
    expect([packed.status, packed.body[0], packed.body[2], packed.body.length]).toEqual([
      200,
      0x0a,
      0x12,
      (packed.body[1] as number) + 2,
    ])
    expect((await send('', JSON_TYPE, 'GET', path)).status).toBe(405)
  }
  const path = '/api/public/otel/v1/traces'
  const answer = await send(
    protobuf([call(30)]),
    { ...PROTOBUF, authorization: 'Basic cGs6c2s=' },
    'POST',
    path,
  )
  expect([answer.status, answer.body.length]).toEqual([200, 0])
})

test('any bytes give a status, and the collector is still well', async () => {
  const valid = protobuf([call(20), call(21)])
  const damaged = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const copy = Buffer.from(valid)
      for (const [at, byte] of changes) copy[at] = byte
      return copy
    })
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((part) => Buffer.from(part)),
    damaged,
  )
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom(PROTOBUF, JSON_TYPE), async (body, headers) => {
      expect([200, 400]).toContain((await send(body, headers)).status)
    }),
    { numRuns: 200 },
  )
  expect((await send('', {}, 'GET', '/readyz')).status).toBe(200)
})

test('what of an attribute is not kept is counted by its reason, from both encodings and of the resource too', async () => {
  const counted = async (): Promise<Record<string, number>> => {
    const text = await (await fetch(`${collector.url}/metrics`)).text()
    const found = text.matchAll(/^spanmeter_receive_attributes_cut_total\{reason="(\w+)"\} (\d+)$/gm)
    return Object.fromEntries([...found].map(([, reason, count]) => [reason, Number(count)]))
  }
  const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`own.${i}`, 'x']))
  const attributes = {
    'own.long': 'y'.repeat(5000),
    ...many,
    'gen_ai.prompt': 'is content',
    'langfuse.observation.usage_details': `{"input": 1, "more": "${'z'.repeat(70_000)}"}`,
  }
  const before = await counted()
  const spans = [call(9001, attributes), { ...call(9002), resource: resourceFromAttributes(many) }]
  expect((await send(protobuf(spans), { 'content-type': 'application/x-protobuf' })).status).toBe(200)
  const again = [call(9003, attributes), { ...call(9004), resource: resourceFromAttributes(many) }]
  expect((await send(json(again), { 'content-type': 'application/json' })).status).toBe(200)
  const after = await counted()
  const added = Object.fromEntries(
    Object.entries(after).map(([reason, count]) => [reason, count - (before[reason] ?? 0)]),
  )
  // of 131 of the span, and the details, 128 are kept; of 130 of the resource as well
  expect(added).toEqual({ content: 2, count: 2 * (4 + 2), length: 2, json: 2 })
})
