/** The local end is Stripe's: the official client has the same answers of it. */
import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEY, StripeEnd } from './stripe-end.ts'

const NOW = Date.UTC(2026, 2, 2, 8, 30) / 1000
const end = new StripeEnd(() => NOW)
let stripe: Stripe
beforeAll(async () => {
  const { hostname, port } = new URL(await end.listen())
  stripe = new Stripe(KEY, {
    ...{ host: hostname, port: Number(port), protocol: 'http', telemetry: false, maxNetworkRetries: 1 },
  })
  for (const name of ['ai_cost', 'ai_tokens', 'ai_calls']) end.addMeter(name)
  end.customers.add('cus_acme')
})
afterAll(() => end.close())

const event = (identifier: string, value = '7', customer = 'cus_acme') => ({
  ...{ event_name: 'ai_cost', identifier, timestamp: NOW - 60 },
  payload: { stripe_customer_id: customer, value },
})

test('meters come in pages', async () => {
  const names: string[] = []
  for await (const meter of stripe.billing.meters.list({ status: 'active', limit: 2 }))
    names.push(meter.event_name)
  expect(names).toEqual(['ai_cost', 'ai_tokens', 'ai_calls'])
})

test('an event is taken once, and the newest one of an hour is its sum', async () => {
  expect(await stripe.billing.meterEvents.create(event('one'))).toMatchObject({
    ...{ object: 'billing.meter_event', identifier: 'one', event_name: 'ai_cost' },
  })
  await expect(stripe.billing.meterEvents.create(event('one'))).rejects.toMatchObject({
    ...{ type: 'StripeInvalidRequestError', message: 'An event already exists with identifier one.' },
  })
  await stripe.billing.meterEvents.create(event('two', '9'))
  const meter = end.meters[0]?.id ?? ''
  const range = { start_time: NOW - 1800, end_time: NOW, value_grouping_window: 'hour' as const }
  const sums = await stripe.billing.meters.listEventSummaries(meter, { customer: 'cus_acme', ...range })
  expect(sums.data.map(({ aggregated_value }) => aggregated_value)).toEqual([9])
})

test('what is not valid is refused, what is busy is tried again by the client', async () => {
  await expect(stripe.billing.meterEvents.create(event('three', '1.5'))).rejects.toMatchObject({
    code: 'meter_event_invalid_value',
  })
  await expect(stripe.billing.meterEvents.create(event('four', '1', 'cus_nobody'))).rejects.toMatchObject({
    code: 'resource_missing',
  })
  end.troubles.push('busy')
  expect(await stripe.billing.meterEvents.create(event('five'))).toMatchObject({ identifier: 'five' })
})
