import { describe, expect, it } from 'vitest'
import { type CallFacts, defineProvider, type Provider } from '../providers/provider.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { type CallEnd, settle } from './settle.ts'

const acme: Provider = defineProvider({
  name: 'acme',
  priceBook: 'openai',
  hosts: [],
  requestIdHeaders: [],
  endpoints: [{ path: '/x', operation: 'chat', paths: ['usage'], read() {} }],
})

/** Cost, where it comes from, and why there is none. */
function check(
  facts: CallFacts,
  end: Partial<CallEnd>,
  want: [cost: string | undefined, source: string | undefined, reason: string | undefined],
): void {
  const { attributes } = settle(acme, facts, {
    outcome: 'done',
    status: 200,
    streamed: false,
    textLength: 40,
    requestLength: 400,
    requestModel: 'gpt-4o-mini',
    at: new Date('2026-11-20T12:00:00Z'),
    ...end,
  })
  const { costExact, costSource, unpricedReason, priceVersion } = ATTR
  expect([attributes[costExact], attributes[costSource], attributes[unpricedReason]]).toEqual(want)
  expect(attributes[priceVersion] !== undefined).toBe(want[1] === 'local')
}

const usage = { input: 1_000, output: 500 }

describe('a cost that the provider states', () => {
  it('is preferred to the price book, exactly', () => {
    check({ usage }, {}, ['0.00045', 'local', undefined])
    check({ usage, cost: '0.0001' }, {}, ['0.0001', 'provider', undefined])
    check({ usage, cost: '3.1e-05' }, {}, ['0.000031', 'provider', undefined])
    check({ usage, cost: '0.0000000000125' }, {}, ['0.000000000012', 'provider', undefined])
    check({ cost: '0.02' }, {}, ['0.02', 'provider', undefined])
    check({ usage, cost: 'nan' }, {}, ['0.00045', 'local', undefined])
  })

  it('counts in a stream only once the stream has said all', () => {
    const stream = { streamed: true }
    check({ usage, cost: '0.0001', complete: true }, stream, ['0.0001', 'provider', undefined])
    check({ usage, cost: '0.0001' }, { ...stream, outcome: 'cut' }, ['0.00045', 'local', undefined])
    const late = { ...stream, outcome: 'cut' } as const
    check({ usage, cost: '0.0001', complete: true }, late, ['0.0001', 'provider', undefined])
  })

  it('is no free call where the provider refused', () => {
    check({ cost: '0', error: 'x' }, {}, [undefined, undefined, 'failed'])
    check({ cost: '0' }, { status: 429 }, [undefined, undefined, 'failed'])
    check({ cost: '0.01', error: 'x' }, {}, ['0.01', 'provider', undefined])
  })
})

it('costs nothing to be answered from a cache, unless the answer is a refusal', () => {
  check({ usage, fromCache: true, cost: '0.0001' }, {}, ['0', 'provider', undefined])
  check({ fromCache: true }, { streamed: true, outcome: 'cut' }, ['0', 'provider', undefined])
  check({ fromCache: true }, { status: 500 }, [undefined, undefined, 'failed'])
})

it('leaves what is billed by other units unpriced, with its quantity', () => {
  const meter = { name: 'ocr', quantity: 3, unit: 'page' }
  check({ meter }, {}, [undefined, undefined, 'unpriced_usage'])
  check({}, { textLength: 0 }, [undefined, undefined, 'missing_usage'])
})

it('says the HTTP status where the provider has no code', () => {
  const end: CallEnd = { outcome: 'done', streamed: false, textLength: 0, requestLength: 0, at: new Date(0) }
  expect(settle(acme, { error: '_OTHER' }, { ...end, status: 503 }).error).toBe('503')
  expect(settle(acme, { error: '_OTHER' }, { ...end, status: 200 }).error).toBe('_OTHER')
  expect(settle(acme, { error: 'busy' }, { ...end, status: 503 }).error).toBe('busy')
})
