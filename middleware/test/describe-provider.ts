/**
 * The contract that every provider plugin fulfils, shown on its fixtures.
 *
 * `fixtures/<provider>/<case>/` holds `request.json`, the answer (`response.json` or `stream.txt`) and
 * `expected.json`. Invariant: the result does not depend on where the bytes of an answer are cut.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnswerReader } from '../src/capture/answer-reader.ts'
import { readRequest } from '../src/capture/request.ts'
import { type Settlement, settle } from '../src/capture/settle.ts'
import { type Buckets, toBuckets } from '../src/pricing/usage.ts'
import type { CallFacts, Provider } from '../src/providers/provider.ts'
import { HostTable } from '../src/providers/registry.ts'
import { toLatin1 } from '../src/streams/latin1.ts'
import { ATTR } from '../src/telemetry/attributes.ts'

interface Expected {
  path: string
  status: number
  at: string
  source: string
  buckets: Buckets | null
  cost: string | null
  error?: string
  reason?: string
  /** For estimates: tokens of output; input is a quarter of the request's characters. */
  estimatedOutput?: number
  attributes: Record<string, unknown>
}

interface Case {
  request: string
  answer: Uint8Array
  streamed: boolean
  expected: Expected
}

function load(folder: URL): Case {
  const read = (name: string) => readFileSync(new URL(name, folder))
  const streamed = readdirSync(folder).includes('stream.txt')
  return {
    request: JSON.stringify(JSON.parse(read('request.json').toString())),
    answer: streamed ? read('stream.txt') : read('response.json'),
    streamed,
    expected: JSON.parse(read('expected.json').toString()),
  }
}

function meter(provider: Provider, fixture: Case, cuts: readonly number[]): Settlement {
  const { expected, answer, streamed } = fixture
  const table = new HostTable()
  table.addHost('gateway.test', provider)
  const match = table.match(new URL(`https://gateway.test${expected.path}`))
  if (!match) throw new Error(`${provider.name} does not meter ${expected.path}`)
  const facts: CallFacts = {}
  const type = streamed ? 'text/event-stream; charset=utf-8' : 'application/json'
  const reader = createAnswerReader(match.endpoint, type, facts)
  let from = 0
  for (const to of [...cuts, answer.length]) {
    reader.push(toLatin1(answer.subarray(from, to)))
    from = to
  }
  reader.end()
  const { model, length } = readRequest({ body: fixture.request })
  return settle(match.provider, facts, {
    outcome: 'done',
    status: expected.status,
    streamed,
    textLength: reader.textLength,
    requestLength: length,
    at: new Date(expected.at),
    ...(model ? { requestModel: model } : {}),
  })
}

function bucketsOf(attributes: Settlement['attributes']): Buckets | null {
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

/** Runs the contract for one provider over its folder in `fixtures/`. */
export function describeProvider(provider: Provider): void {
  const root = new URL(`../fixtures/${provider.name}/`, import.meta.url)
  describe(`provider ${provider.name}`, () => {
    for (const name of readdirSync(root).sort()) {
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
      })

      it(`${name}: the same wherever the bytes are cut`, () => {
        const whole = meter(provider, fixture, [])
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
          { numRuns: 40 },
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
