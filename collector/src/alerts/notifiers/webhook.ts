/**
 * Any program of the user's, by Standard Webhooks 1.0.
 *
 * Invariant: a message has the same id in every attempt, and is signed anew each time with every secret that is in
 * force, so that secrets are exchanged without losing one.
 * Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
 */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { statusOf } from '../notice.ts'
import { httpNotifier, WEBHOOK_SCHEDULE } from '../notifier.ts'
import { judge } from '../verdict.ts'

interface Settings {
  url: string
  secrets: string[]
}

const secret = z
  .string()
  .refine(
    (text) =>
      /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text) && keyOf(text).length >= 24 && keyOf(text).length <= 64,
    'is no secret of Standard Webhooks: whsec_ and 24 to 64 bytes in base64',
  )

export const webhook = httpNotifier<Settings>({
  type: 'webhook',
  settings: {
    url: z.url({ protocol: /^https?$/ }).describe('Where messages are posted'),
    secrets: z
      .array(secret)
      .min(1)
      .max(2)
      .describe('whsec_…; two while the secret is being exchanged, the new one first'),
  },
  batch: 20,
  schedule: WEBHOOK_SCHEDULE,
  compose(notice, { url, secrets }, { now }) {
    const timestamp = String(Math.floor(now / 1000))
    const body = JSON.stringify({
      type: notice.test === true ? 'alert.test' : `alert.${statusOf(notice)}`,
      timestamp: new Date(notice.createdAt).toISOString(),
      data: {
        alerts: notice.events.map(({ startsAt, endsAt, alertId, ...event }) => ({
          alert_id: alertId,
          ...event,
          starts_at: new Date(startsAt).toISOString(),
          ends_at: endsAt === undefined ? null : new Date(endsAt).toISOString(),
        })),
        link: notice.link ?? null,
      },
    })
    const signature = (key: string) =>
      `v1,${createHmac('sha256', keyOf(key)).update(`${notice.id}.${timestamp}.${body}`).digest('base64')}`
    return {
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        'webhook-id': notice.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': secrets.map(signature).join(' '),
      },
      body,
    }
  },
  // The specification has one success, 2xx, and one end, 410; whatever else may be put right meanwhile.
  judge: (answer, now) =>
    judge(answer, now, {
      delivered: (status) => status >= 200 && status < 300,
      retry: () => true,
      disable: (status) => status === 410,
    }),
})

function keyOf(text: string): Buffer {
  return Buffer.from(text.slice('whsec_'.length), 'base64')
}
