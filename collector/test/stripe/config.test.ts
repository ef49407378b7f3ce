/** The configuration of billing in Stripe: the one of the docs is taken, faults are named, the key is never shown. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config/read.ts'
import { restore, withoutSecrets } from '../../src/config/secrets.ts'

const KEY = { SPANMETER_STRIPE_SECRET_KEY: 'rk_live_secret' }

test('what docs/stripe.md shows is taken', async () => {
  const page = await readFile(new URL('../../../docs/stripe.md', import.meta.url), 'utf8')
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []
  const { stripe } = readConfig(KEY, yaml)
  expect(stripe.customers.acme).toBe('cus_P4c1kYq2')
  expect(stripe.meters).toEqual([
    { eventName: 'ai_cost', of: 'cost', multiply: '1000000' },
    { eventName: 'ai_tokens', of: 'tokens', multiply: '1' },
    { eventName: 'voice_minutes', of: { meter: 'voice_minute' }, multiply: '1' },
  ])
})

test('a meter that is named twice, or counts what there is not, is a fault', () => {
  const twice = 'stripe: { meters: [{ eventName: a, of: cost }, { eventName: a, of: calls }] }'
  expect(() => readConfig({}, twice)).toThrow('stripe.meters.1.eventName: another meter is called a')
  expect(() => readConfig({}, 'stripe: { meters: [{ eventName: a, of: money }] }')).toThrow(
    'stripe.meters.0.of',
  )
})

test('the key is not shown, and what was shown can be sent back', () => {
  const config = readConfig(KEY, 'stripe: { since: 2026-03-01T00:00:00Z }')
  const shown = withoutSecrets(config)
  expect(JSON.stringify(shown)).not.toContain('rk_live')
  expect(shown).toMatchObject({ stripe: { secretKey: '<secret>', since: '2026-03-01T00:00:00.000Z' } })
  expect(restore(shown, config)).toContainEqual({
    ...{ path: ['stripe', 'secretKey'], value: 'rk_live_secret' },
  })
})
