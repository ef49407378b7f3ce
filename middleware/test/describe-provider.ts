/**
 * The contract that every provider plugin fulfils, shown on its fixtures.
 *
 * `fixtures/<provider>/<case>/` holds `request.json`, the answer (`response.json`, `stream.txt`, or `frames.json`
 * with the messages of an AWS event stream) and
 * `expected.json`. Invariants: the result does not depend on where the bytes of an answer are cut, and an
 * expected cost is what `@pydantic/genai-prices` computes from the expected buckets by itself, or the expected quantity
 * at its price in another arithmetic.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { calcPrice } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awsEvent, awsException } from '../../examples/provider/aws-events.ts'
import { createAnswerReader } from '../src/capture/answer-reader.ts'
import { readAsked } from '../src/capture/read-asked.ts'
import { readRequest } from '../src/capture/request.ts'
import { readHeaders } from '../src/capture/response-headers.ts'
import { type Settlement, settle } from '../src/capture/settle.ts'
import { compileUnitPrices, type UnitPriceRow } from '../src/pricing/unit-prices.ts'
import { type Buckets, toBuckets } from '../src/pricing/usage.ts'
import type { CallFacts, Provider } from '../src/providers/provider.ts'
import { HostTable } from '../src/providers/registry.ts'
import { toLatin1 } from '../src/streams/latin1.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { theirMeterCost } from './meter-cost.ts'

/** What a cost is computed from, beside the buckets. */
interface Priced {
  provider: string
  model: string
  /** What tokens are multiplied with. */
  factor?: number
  webSearches?: number
  fileSearches?: number
  cachedAudio?: number
  cachedImage?: number
}

/** `expected.json` of a fixture. */
export interface Expected {
  /** Address of the call; its host is one of the provider's own. */
  url?: string
  /** Path of the call on a mapped host, where there is no `url`. */
  path?: string
  /** `gen_ai.operation.name`. */
  operation?: string
  /** `POST` unless said. */
  method?: 'GET' | 'POST'
  /** Prices that the user stated, of quantities that are not tokens. */
  unitPrices?: UnitPriceRow[]
  /** Headers of the answer; the content type is that of the answer's file unless it is here. */
  headers?: Record<string, string>
  /** Who answers behind a gateway, where the folder is the gateway's. */
  provider?: string
  /** Where the cost comes from; `local` unless said. */
  costSource?: 'provider' | 'local'
  /** The entry of the price book that a local cost comes from; several where the call has several prices. */
  priced?: Priced | { parts: (Priced & { buckets: Partial<Buckets> })[] }
  status: number
  at: string
  /** Absent where the call only begins a job. */
  source?: string
  buckets: Buckets | null
  cost: string | null
  error?: string
  reason?: string
  /** For estimates: tokens of output; input is a quarter of the request's characters. */
  estimatedOutput?: number
  attributes: Record<string, unknown>
}

/** A fixture as read from its folder. */
export interface Case {
  request: string
  answer: Uint8Array
  streamed: boolean
  expected: Expected
}

/** Where the fixtures are. */
export const FIXTURES: URL = new URL('../fixtures/', import.meta.url)

/** Names of a provider's cases that are requests and their answers; see `describe-socket.ts` for the others. */
export function casesOf(provider: string): string[] {
  const folder = new URL(`${provider}/`, FIXTURES)
  return readdirSync(folder)
    .filter((name) => existsSync(new URL(`${name}/request.json`, folder)))
    .sort()
}

/** An event's type and body, or the type of an exception alone; `chunk` wraps a vendor's event in Base64. */
type Frame = [type: string, body?: unknown]

function encodeFrames(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.map(([type, body]) => {
      if (body === undefined) return awsException(type, 'said in words')
      const bytes = () => Buffer.from(JSON.stringify(body)).toString('base64')
      return awsEvent(type, type === 'chunk' ? { bytes: bytes(), p: 'abcd' } : body)
    }),
  )
}

/** @param folder of one case, with its slash */
export function load(folder: URL): Case {
  const read = (name: string) => readFileSync(new URL(name, folder))
  const files = readdirSync(folder)
  const framed = files.includes('frames.json')
  const streamed = framed || files.includes('stream.txt')
  const whole = () => read(streamed ? 'stream.txt' : 'response.json')
  return {
    request: JSON.stringify(JSON.parse(read('request.json').toString())),
    answer: framed ? encodeFrames(JSON.parse(read('frames.json').toString())) : whole(),
    streamed,
    expected: JSON.parse(read('expected.json').toString()),
  }
}

/** Whether cutting an answer in two at every byte takes longer than a run of all tests should. */
export function isLarge({ answer }: Case): boolean {
  return answer.length >= 10_000
}

const tables = new Map<string, HostTable>()

function tableOf(provider: Provider): HostTable {
  let table = tables.get(provider.name)
  if (!table) {
    table = new HostTable()
    table.addHost('gateway.test', provider)
    tables.set(provider.name, table)
  }
  return table
}

/** What the pure part makes of a fixture. @param cuts where its answer is cut, ascending */
export function meter(provider: Provider, fixture: Case, cuts: readonly number[]): Settlement {
  const { expected, answer, streamed } = fixture
  const table = tableOf(provider)
  const address = expected.url ?? `https://gateway.test${expected.path}`
  const match = table.match(new URL(address), expected.method)
  if (!match) throw new Error(`${provider.name} does not meter ${address}`)
  expect(match.provider.name).toBe(expected.provider ?? provider.name)
  if (expected.operation) expect(match.endpoint.operation).toBe(expected.operation)
  const facts: CallFacts = match.priceBook === undefined ? {} : { priceBook: match.priceBook }
  if (match.job !== undefined) facts.job = { id: match.job, done: false }
  const asked = readRequest({ body: fixture.request }, match.endpoint.request?.paths)
  readAsked(match.endpoint, new URL(address), asked.fields, facts)
  const type = streamed ? 'text/event-stream; charset=utf-8' : 'application/json'
  const headers = new Headers({ 'content-type': type })
  for (const [name, value] of Object.entries(expected.headers ?? {})) headers.set(name, value)
  for (const source of [match.provider, match.gateway]) if (source) readHeaders(source, headers, facts)
  const reader = createAnswerReader(match.endpoint, headers.get('content-type') ?? '', facts)
  let from = 0
  for (const to of [...cuts, answer.length]) {
    reader.push(toLatin1(answer.subarray(from, to)))
    from = to
  }
  reader.end()
  const { model = facts.requestModel ?? match.model, length } = asked
  return settle(match.provider, facts, {
    outcome: 'done',
    status: expected.status,
    streamed,
    textLength: reader.textLength,
    requestLength: length,
    at: new Date(expected.at),
    ...(expected.unitPrices ? { unitPrice: compileUnitPrices(expected.unitPrices) } : {}),
    ...(facts.job?.done === false ? { submitted: true } : {}),
    ...(model ? { requestModel: model } : {}),
  })
}

/** The disjoint buckets behind the totals and details of a span; `null` where it has no usage. */
export function bucketsOf(attributes: Settlement['attributes']): Buckets | null {
  const number = (name: string) => attributes[name] as number | undefined
  const input = number(ATTR.inputTokens)
  if (input === undefined) return null
  const parts = {
    cacheRead: number(ATTR.cacheReadTokens),
    cacheWrite: number(ATTR.cacheWriteTokens),
    cacheWrite5m: number(ATTR.cacheWrite5mTokens),
    cacheWrite1h: number(ATTR.cacheWrite1hTokens),
    reasoning: number(ATTR.reasoningTokens),
    audioInput: number(ATTR.audioInputTokens),
    audioOutput: number(ATTR.audioOutputTokens),
    imageInput: number(ATTR.imageInputTokens),
    imageOutput: number(ATTR.imageOutputTokens),
  }
  const known = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
  return toBuckets({ input, output: number(ATTR.outputTokens) ?? 0, ...known })
}

const EMPTY = toBuckets({ input: 0, output: 0 })

/** USD by the package's own rules, or `undefined` where it does not know the model. */
export function theirCost({ at, buckets, priced }: Expected): number | undefined {
  if (!buckets || !priced) return undefined
  const parts = 'parts' in priced ? priced.parts : [{ ...priced, buckets }]
  let sum = 0
  for (const part of parts) {
    const { webSearches = 0, fileSearches = 0, factor = 1 } = part
    const searches = { web_searches: webSearches, storage_searches: fileSearches }
    const tokens = priceOf(part, { ...EMPTY, ...part.buckets }, at)
    const all = priceOf(part, { ...EMPTY, ...part.buckets }, at, searches)
    if (tokens === undefined || all === undefined) return undefined
    sum += tokens * factor + (all - tokens)
  }
  return sum
}

function priceOf(
  { model, provider, cachedAudio = 0, cachedImage = 0 }: Priced,
  buckets: Buckets,
  at: string,
  searches: Record<string, number> = {},
): number | undefined {
  const cacheWrite = buckets.cacheWrite5m + buckets.cacheWrite1h + buckets.cacheWriteOther
  const usage = {
    input_tokens: buckets.input + buckets.cacheRead + cacheWrite + buckets.audioInput + buckets.imageInput,
    cache_read_tokens: buckets.cacheRead,
    cache_write_tokens: cacheWrite,
    cache_write_5m_tokens: buckets.cacheWrite5m,
    cache_write_1h_tokens: buckets.cacheWrite1h,
    input_audio_tokens: buckets.audioInput + cachedAudio,
    cache_audio_read_tokens: cachedAudio,
    input_image_tokens: buckets.imageInput + cachedImage,
    cache_image_read_tokens: cachedImage,
    output_tokens: buckets.outputText + buckets.reasoning + buckets.audioOutput + buckets.imageOutput,
    output_reasoning_tokens: buckets.reasoning,
    output_audio_tokens: buckets.audioOutput,
    output_image_tokens: buckets.imageOutput,
    ...searches,
  }
  // the package wants to hear of an overlap that is none, where both sides of it are there
  const overlaps = {
    cache_audio_read_tokens: usage.input_audio_tokens,
    cache_image_read_tokens: usage.input_image_tokens,
  }
  const known = Object.fromEntries(
    Object.entries(usage).filter(
      ([name, count]) =>
        count > 0 ||
        /^(in|out)put_tokens$/.test(name) ||
        (usage.cache_read_tokens > 0 && (overlaps[name as keyof typeof overlaps] ?? 0) > 0),
    ),
  )
  const result = calcPrice(known, model, { providerId: provider, timestamp: new Date(at) })
  return result?.total_price
}

/** Runs the contract for one provider over its folder in `fixtures/`. */
export function describeProvider(provider: Provider): void {
  const root = new URL(`../fixtures/${provider.name}/`, import.meta.url)
  describe(`provider ${provider.name}`, () => {
    for (const name of casesOf(provider.name)) {
      const fixture = load(new URL(`${name}/`, root))
      const { expected } = fixture
      it(`${name}: usage, cost and state are as documented`, () => {
        const { attributes, error } = meter(provider, fixture, [])
        expect(attributes[ATTR.usageSource]).toBe(expected.source)
        expect(error).toBe(expected.error)
        expect(attributes[ATTR.errorType]).toBe(expected.error)
        expect(attributes).toMatchObject(expected.attributes)
        if (expected.estimatedOutput !== undefined) {
          expect(attributes[ATTR.outputTokens]).toBe(expected.estimatedOutput)
          expect(attributes[ATTR.inputTokens]).toBe(Math.ceil(fixture.request.length / 4))
          expect(attributes[ATTR.costExact]).toMatch(/^0\.\d+$/)
          return
        }
        expect(bucketsOf(attributes)).toEqual(expected.buckets)
        expect(attributes[ATTR.costExact] ?? null).toBe(expected.cost)
        expect(attributes[ATTR.unpricedReason]).toBe(expected.reason)
        const source = expected.cost === null ? undefined : (expected.costSource ?? 'local')
        expect(attributes[ATTR.costSource]).toBe(source)
        expect(attributes[ATTR.priceVersion] === undefined).toBe(source !== 'local')
      })

      if (expected.cost !== null && expected.costSource !== 'provider' && expected.buckets) {
        it(`${name}: the price book's own package computes the same cost`, () => {
          const theirs = theirCost(expected) ?? Number.NaN
          expect(Math.abs(Number(expected.cost) - theirs)).toBeLessThanOrEqual(1e-9 * theirs + 1e-12)
        })
      }

      const { cost, costSource, buckets } = expected
      if (cost !== null && costSource !== 'provider' && !buckets && expected.estimatedOutput === undefined) {
        it(`${name}: the quantity costs that much in another arithmetic`, () => {
          expect(theirMeterCost(expected)).toBe(cost)
        })
      }

      it(`${name}: the same wherever the bytes are cut`, () => {
        const whole = meter(provider, fixture, [])
        const everywhere = Array.from({ length: fixture.answer.length }, (_, at) => at)
        expect(meter(provider, fixture, everywhere)).toEqual(whole)
        // Large answers are cut at some places only, and at random; everywhere by `cut-anywhere.slow.test.ts`.
        const places = everywhere.filter((at) => !isLarge(fixture) || at % 997 === 0)
        for (const at of places) {
          const { attributes, error } = meter(provider, fixture, [at])
          if (error !== whole.error || !isDeepStrictEqual(attributes, whole.attributes)) {
            expect({ at, attributes, error }).toEqual({ at, ...whole })
          }
        }
        const cuts = fc.array(fc.nat(fixture.answer.length), { maxLength: 20 })
        fc.assert(
          fc.property(cuts, (at) => {
            expect(
              meter(
                provider,
                fixture,
                [...at].sort((a, b) => a - b),
              ),
            ).toEqual(whole)
          }),
          { numRuns: process.env.SPANMETER_FULL_MATRIX === '1' ? 40 : 15 },
        )
      })
    }

    it('ignores paths that are not metered and survives any answer', () => {
      const table = new HostTable()
      table.addHost('gateway.test', provider)
      for (const path of [
        '/v1/models',
        '/v1/files',
        '/',
        '/v1/messages/count_tokens',
        '/v1/responses/r_1/cancel',
      ]) {
        expect(table.match(new URL(`https://gateway.test${path}`))).toBeUndefined()
      }
      const json = fc.dictionary(
        fc.constantFrom('usage', 'model', 'error', 'type', 'choices', 'response'),
        fc.jsonValue(),
      )
      fc.assert(
        fc.property(json, (body) => {
          for (const endpoint of provider.endpoints) {
            endpoint.read({ ...body }, {})
            endpoint.stream?.read({ ...body }, {})
          }
        }),
      )
    })
  })
}
