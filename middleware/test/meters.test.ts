/** `meter()` as a service uses it: in requests, in jobs, priced and not. */
import fc from 'fast-check'
import { Hono } from 'hono'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { spanmeter } from '../src/frameworks/hono.ts'
import { install, type MeterOptions, meter, shutdown, withAttribution } from '../src/index.ts'
import { rateQuantity } from '../src/pricing/rate-quantity.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'
import { registerHostTelemetry, spansEnded, takeSpans, unnumbered } from './local-provider.ts'

beforeAll(registerHostTelemetry)
beforeEach(() => void takeSpans())
afterEach(shutdown)

const PRICES = {
  api_call: { unitPrice: '0.01' },
  voice_minute: { unitPrice: '0.02', unit: 'min' },
  ai_query: { unitPrice: 0.05, unit: '{query}' },
  storage_mb: { unitPrice: '0.001', unit: 'MB' },
}

function record(name: string, quantity: number | string, options?: MeterOptions) {
  meter(name, quantity, options)
  return takeSpans()
}

describe('what a quantity costs', () => {
  const check = (
    quantity: number | string,
    options: MeterOptions,
    want: string | undefined,
    meter: string,
  ) => {
    const [span] = record(meter, quantity, options)
    expect(span?.attributes[ATTR.costExact], `${quantity} ${meter}`).toBe(want)
    expect(span?.attributes[ATTR.unpricedReason]).toBe(want === undefined ? 'unpriced_usage' : undefined)
    expect(span?.attributes[ATTR.costSource]).toBe(want === undefined ? undefined : 'local')
  }

  it('is quantity times unit price, exactly, from the options or from the call', () => {
    install({ meters: PRICES })
    check(1, {}, '0.01', 'api_call')
    check(2.1, { unit: 'min' }, '0.042', 'voice_minute')
    check('2.1', {}, '0.042', 'voice_minute')
    check(3, {}, '0.15', 'ai_query')
    check('0.1', { unit: 'MB' }, '0.0001', 'storage_mb')
    check('123456789012345678.9', {}, '123456789012345.6789', 'storage_mb')
    check(1e-7, {}, '0.0000000001', 'storage_mb')
    check(0, {}, '0', 'api_call')
    check(2, { unitPrice: '0.1' }, '0.2', 'voice_minute')
    check(3, { unitPrice: 0.1 }, '0.3', 'page')
  })

  it('is unknown, never 0, without a price for that unit', () => {
    install({ meters: PRICES })
    check(2, {}, undefined, 'page')
    check(126, { unit: 's' }, undefined, 'voice_minute')
    check(1, {}, undefined, 'constructor')
  })

  it('is what the integers say, for any decimals', () => {
    const decimal = fc.tuple(fc.bigInt(0n, 10n ** 15n), fc.integer({ min: 0, max: 6 }))
    const write = ([units, scale]: [bigint, number]) => {
      const digits = units.toString().padStart(scale + 1, '0')
      return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
    }
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [whole = '0', fraction = ''] = rateQuantity(write(a), write(b)).split('.')
        expect(BigInt(whole + fraction.padEnd(12, '0'))).toBe(a[0] * b[0] * 10n ** BigInt(12 - a[1] - b[1]))
      }),
    )
  })

  it('carries its currency, and no amount in dollars where it is another one', () => {
    install({})
    const [span] = record('sms', 2, { unitPrice: '0.07', currency: 'EUR' })
    expect(span?.attributes).toMatchObject({ [ATTR.costExact]: '0.14', [ATTR.costCurrency]: 'EUR' })
    expect(span?.attributes).not.toHaveProperty([ATTR.costMirror])
  })
})

describe('a metered quantity', () => {
  it('is one span of no duration, with meter, quantity, unit and what the service says', () => {
    install({ service: 'voice', meters: PRICES })
    const at = new Date('2026-11-02T10:00:00.250Z')
    const [span, ...more] = record('voice_minute', 2.1, {
      at,
      provider: 'twilio',
      estimated: true,
      attributes: { operation: 'transcribe', audio_size: 1024, 'spanmeter.cost.exact': '0', bad: Number.NaN },
    })
    expect(more).toEqual([])
    expect([span?.name, span?.kind, span?.duration]).toEqual(['meter voice_minute', 2, [0, 0]])
    expect(span?.startTime).toEqual([at.getTime() / 1000 - 0.25, 250_000_000])
    expect(unnumbered(span?.attributes)).toEqual({
      operation: 'transcribe',
      audio_size: 1024,
      [ATTR.meterName]: 'voice_minute',
      [ATTR.meterQuantity]: 2.1,
      [ATTR.meterUnit]: 'min',
      [ATTR.meterKind]: 'event',
      [ATTR.meterUnitPrice]: '0.02',
      [ATTR.provider]: 'twilio',
      [ATTR.usageSource]: 'estimated',
      [ATTR.costExact]: '0.042',
      [ATTR.costAmount]: 0.042,
      [ATTR.costMirror]: 0.042,
      [ATTR.costCurrency]: 'USD',
      [ATTR.costSource]: 'local',
      [ATTR.serviceName]: 'voice',
    })
  })

  it('is an observation without cost where it is a level', () => {
    install({ meters: PRICES })
    const [span] = record('storage_mb', '1536.25', { level: true })
    expect(span?.kind).toBe(0)
    expect(span?.attributes).toMatchObject({ [ATTR.meterKind]: 'level', [ATTR.meterQuantity]: '1536.25' })
    expect(span?.attributes).not.toHaveProperty([ATTR.costExact])
    expect(span?.attributes).not.toHaveProperty([ATTR.unpricedReason])
  })

  it('belongs to the request that it is recorded in', async () => {
    const app = new Hono()
    app.use(spanmeter({ tenant: (c) => c.req.header('x-tenant'), feature: 'voice' }))
    app.post('/voice', (c) => {
      meter('voice_minute', 1)
      meter('voice_minute', 2, { tenant: 'other' })
      return c.text('ok')
    })
    const response = await app.request('/voice', { method: 'POST', headers: { 'x-tenant': 'acme' } })
    await response.text()
    const [first, second, server] = await spansEnded(3)
    expect(first?.attributes).toMatchObject({ [ATTR.tenantId]: 'acme', [ATTR.feature]: 'voice' })
    expect(second?.attributes).toMatchObject({ [ATTR.tenantId]: 'other', [ATTR.feature]: 'voice' })
    expect(first?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId)
  })

  it('leaves a job, to an endpoint, without any HTTP server or OpenTelemetry of the host', async () => {
    const receiver = await receiveOtlp()
    try {
      install({ service: 'worker', endpoint: receiver.url, tenant: 'acme' })
      await withAttribution({ feature: 'import' }, async () => {
        await Promise.resolve()
        meter('ai_query', 1, { unitPrice: '0.05' })
      })
      await shutdown()
      expect(receiver.spans).toMatchObject([
        {
          name: 'meter ai_query',
          kind: 2,
          attributes: { [ATTR.tenantId]: 'acme', [ATTR.feature]: 'import', [ATTR.costExact]: '0.05' },
        },
      ])
    } finally {
      await receiver.close()
    }
  })
})

it('is refused, without a throw, where there is nothing to count', () => {
  meter('voice_minute', 1)
  install({})
  for (const quantity of [-1, Number.NaN, Number.POSITIVE_INFINITY, '', 'two', '1'.repeat(40)]) {
    expect(record('voice_minute', quantity)).toEqual([])
  }
  expect(record('', 1)).toEqual([])
  expect(record('page', 1, { unitPrice: 'free' })).toEqual([])
  expect(record('page', 1, { unitPrice: 1, currency: 'dollars' })).toEqual([])
  expect(record(undefined as unknown as string, {} as unknown as number)).toEqual([])
  expect(record('page', 1, null as unknown as MeterOptions)).toEqual([])
})

it('refuses at installation a price that is none, and names each', () => {
  expect(() =>
    install({ meters: { a: { unitPrice: '2 cents' }, b: { unitPrice: -1, currency: 'usd' } } }),
  ).toThrow(/meters\.a\.unitPrice.*meters\.b\.unitPrice.*meters\.b\.currency/)
})
