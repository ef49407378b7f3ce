/** Every notifier: the contract of all, and what only its receiver asks for. */
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { alertmanager } from '../../src/alerts/notifiers/alertmanager.ts'
import { NOTIFIERS } from '../../src/alerts/notifiers/built-in.ts'
import { discord } from '../../src/alerts/notifiers/discord.ts'
import { verdictOf } from '../../src/alerts/notifiers/email.ts'
import { grafana } from '../../src/alerts/notifiers/grafana.ts'
import { ntfy } from '../../src/alerts/notifiers/ntfy.ts'
import { pagerduty } from '../../src/alerts/notifiers/pagerduty.ts'
import { slack } from '../../src/alerts/notifiers/slack.ts'
import { teams } from '../../src/alerts/notifiers/teams.ts'
import { webhook } from '../../src/alerts/notifiers/webhook.ts'
import {
  alertEvent,
  deliveryAt,
  describeNotifier,
  NOW,
  noticeOf,
  type StatusRanges,
} from './describe-notifier.ts'

const TEMPORARY = [
  [408, 409],
  [425, 426],
  [429, 430],
  [500, 600],
] as const
const USUAL: StatusRanges = { delivered: [[200, 300]], retry: TEMPORARY, disable: [[410, 411]] }
const url = 'https://receiver.example/hook'

const bodyOf = (sent: { body: string }) => JSON.parse(sent.body)

describe('slack', () => {
  describeNotifier(
    slack,
    { url },
    {
      ...USUAL,
      disable: [
        [403, 405],
        [410, 411],
      ],
    },
  )

  it('lets no name become markup or a mention', () => {
    const sent = slack.compose(noticeOf(alertEvent()), { url }, deliveryAt())
    expect(sent.body).not.toContain('<!channel>')
    expect(sent.body).toContain('&lt;!channel&gt; @everyone &amp;')
  })
})

describe('teams', () => {
  describeNotifier(
    teams,
    { url },
    {
      ...USUAL,
      disable: [
        [404, 405],
        [410, 411],
      ],
    },
  )

  it('is an Adaptive Card of version 1.4', () => {
    const { attachments } = bodyOf(teams.compose(noticeOf(alertEvent()), { url }, deliveryAt()))
    expect(attachments[0]).toMatchObject({
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: { type: 'AdaptiveCard', version: '1.4' },
    })
  })
})

describe('discord', () => {
  describeNotifier(
    discord,
    { url },
    {
      ...USUAL,
      disable: [
        [401, 402],
        [404, 405],
        [410, 411],
      ],
    },
  )

  it('mentions nobody and heeds the fraction of a second in a 429', () => {
    expect(bodyOf(discord.compose(noticeOf(alertEvent()), { url }, deliveryAt())).allowed_mentions).toEqual({
      parse: [],
    })
    const answer = { status: 429, headers: { 'retry-after': '1' }, body: '{"retry_after": 1.25}' }
    expect(discord.judge(answer, NOW)).toMatchObject({ outcome: 'retry', afterMs: 1_250 })
  })
})

describe('pagerduty', () => {
  const settings = { routingKey: 'R0UT1NG', url: 'https://events.pagerduty.com/v2/enqueue' }
  describeNotifier(
    pagerduty,
    { routingKey: 'R0UT1NG' },
    {
      delivered: [
        [200, 201],
        [202, 203],
      ],
      retry: [
        [408, 409],
        [429, 430],
        [500, 600],
      ],
      disable: [[410, 411]],
    },
  )

  it('ends the incident that it began', () => {
    const firing = bodyOf(pagerduty.compose(noticeOf(alertEvent()), settings, deliveryAt()))
    const resolved = bodyOf(
      pagerduty.compose(noticeOf(alertEvent({ status: 'resolved', endsAt: NOW })), settings, deliveryAt()),
    )
    expect(firing).toMatchObject({ event_action: 'trigger', payload: { severity: 'critical' } })
    expect(resolved).toEqual({ routing_key: 'R0UT1NG', event_action: 'resolve', dedup_key: firing.dedup_key })
  })
})

describe('alertmanager', () => {
  const settings = { url: 'https://am.example/', labels: { team: 'billing', none: '' } }
  describeNotifier(alertmanager, settings, USUAL)

  it('has labels that Prometheus takes, and the same ones whatever the value', () => {
    const labels = (value: string, status: 'firing' | 'resolved') =>
      bodyOf(alertmanager.compose(noticeOf(alertEvent({ value, status })), settings, deliveryAt()))[0].labels
    expect(labels('1', 'firing')).toEqual(labels('2', 'resolved'))
    for (const [name, text] of Object.entries(labels('1', 'firing'))) {
      expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
      expect(text).not.toBe('')
    }
    expect(labels('1', 'firing')).toMatchObject({ team: 'billing', a_b_c: 'x', alertname: 'tenant-budget' })
  })

  it('is told again before Alertmanager would forget', () => {
    const [alert] = bodyOf(alertmanager.compose(noticeOf(alertEvent()), settings, deliveryAt()))
    expect(Date.parse(alert.endsAt) - NOW).toBeGreaterThan(2 * (alertmanager.refreshMs ?? Infinity))
  })
})

describe('grafana', () => {
  describeNotifier(grafana, { url, token: 't0ken' }, USUAL)

  it('has the fields of a Grafana webhook', () => {
    const sent = grafana.compose(
      noticeOf(alertEvent(), alertEvent({ severity: 'info', status: 'resolved', endsAt: NOW })),
      { url, token: 't0ken' },
      deliveryAt(),
    )
    expect(sent.headers.authorization).toBe('Bearer t0ken')
    expect(bodyOf(sent)).toMatchObject({
      version: '1',
      status: 'firing',
      state: 'alerting',
      orgId: 1,
      truncatedAlerts: 0,
      commonLabels: { alertname: 'tenant-budget' },
      alerts: [{ status: 'firing', endsAt: '0001-01-01T00:00:00Z' }, { status: 'resolved' }],
    })
    expect(bodyOf(sent).commonLabels).not.toHaveProperty('severity')
  })
})

describe('webhook', () => {
  const secrets = [secretOf(1), secretOf(2)]
  describeNotifier(
    webhook,
    { url, secrets },
    {
      delivered: [[200, 300]],
      retry: [
        [100, 200],
        [300, 600],
      ],
      disable: [[410, 411]],
    },
  )

  it('is signed as Standard Webhooks verify it, with the old secret and the new one', () => {
    const now = Date.now()
    const sent = webhook.compose(noticeOf(alertEvent()), { url, secrets }, deliveryAt({ now }))
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(sent.body, { ...sent.headers })).toMatchObject({
        type: 'alert.firing',
      })
    }
    expect(() => new Webhook(secretOf(3)).verify(sent.body, { ...sent.headers })).toThrow()
    const changed = sent.body.replace('80%', '81%')
    expect(() => new Webhook(secretOf(1)).verify(changed, { ...sent.headers })).toThrow()
  })

  it('keeps its id and renews its time in every attempt', () => {
    const at = (now: number) =>
      webhook.compose(noticeOf(alertEvent()), { url, secrets }, deliveryAt({ now })).headers
    expect(at(NOW)['webhook-id']).toBe(at(NOW + 5_000)['webhook-id'])
    expect(at(NOW)['webhook-timestamp']).not.toBe(at(NOW + 5_000)['webhook-timestamp'])
  })
})

describe('ntfy', () => {
  describeNotifier(ntfy, { topic: 'spend' }, USUAL)

  it('says how urgent it is', () => {
    const settings = { url: 'https://ntfy.sh', topic: 'spend' }
    const priority = (over: Parameters<typeof alertEvent>[0]) =>
      bodyOf(ntfy.compose(noticeOf(alertEvent(over)), settings, deliveryAt())).priority
    expect([priority({}), priority({ severity: 'warning' }), priority({ status: 'resolved' })]).toEqual([
      5, 3, 2,
    ])
  })
})

describe('email', () => {
  it('tries again after 4yz and silence, and gives up after 5yz', () => {
    const outcome = (responseCode?: number) =>
      verdictOf({ name: 'Error', message: 'no', ...(responseCode !== undefined && { responseCode }) }).outcome
    expect([outcome(), outcome(421), outcome(450), outcome(550), outcome(535)]).toEqual([
      'retry',
      'retry',
      'retry',
      'failed',
      'failed',
    ])
  })
})

it('lists each kind once', () => {
  expect(NOTIFIERS.map(({ type }) => type).sort()).toEqual([
    'alertmanager',
    'discord',
    'email',
    'grafana',
    'ntfy',
    'pagerduty',
    'slack',
    'teams',
    'webhook',
  ])
})

function secretOf(byte: number): string {
  return `whsec_${Buffer.alloc(32, byte).toString('base64')}`
}
