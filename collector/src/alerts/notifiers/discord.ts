/**
 * Discord, by a webhook.
 *
 * Invariant: nobody is mentioned, whatever a name says; at most ten embeds a message.
 * Source: discord.com/developers/docs/resources/webhook, .../topics/rate-limits.
 */
import { z } from 'zod'
import { headingOf } from '../notice.ts'
import { CHAT_SCHEDULE, httpNotifier } from '../notifier.ts'
import { judge, USUAL } from '../verdict.ts'
import { COLORS, subjectLine } from './wording.ts'

interface Settings {
  url: string
}

const MOST_TITLE = 256
const MOST_FIELD = 1024

export const discord = httpNotifier<Settings>({
  type: 'discord',
  settings: { url: z.url({ protocol: /^https?$/ }).describe('The webhook: discord.com/api/webhooks/…') },
  batch: 10,
  schedule: CHAT_SCHEDULE,
  compose(notice, { url }, { text }) {
    const field = (name: string, value: string) =>
      value === '' ? [] : [{ name, value: value.slice(0, MOST_FIELD), inline: true }]
    const embeds =
      text !== undefined
        ? [{ description: text.body.slice(0, 4000), color: colorOf(COLORS.info) }]
        : notice.events.map((event) => ({
            title: event.title.slice(0, MOST_TITLE),
            description: event.summary,
            color: colorOf(event.status === 'resolved' ? COLORS.resolved : COLORS[event.severity]),
            timestamp: new Date(event.endsAt ?? event.startsAt).toISOString(),
            ...(notice.link !== undefined && { url: notice.link }),
            fields: [
              ...field('Value', event.value),
              ...field('Threshold', event.threshold),
              ...field('Subject', subjectLine(event)),
              ...field('What to do', event.runbook ?? ''),
            ],
          }))
    return {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        content: (text?.title ?? headingOf(notice)).slice(0, 2000),
        embeds,
        allowed_mentions: { parse: [] },
      }),
    }
  },
  judge(answer, now) {
    // 401 and 404: the webhook was deleted
    const verdict = judge(answer, now, {
      ...USUAL,
      disable: (status) => status === 401 || status === 404 || status === 410,
    })
    const seconds = verdict.outcome === 'retry' ? waitOf(answer.body) : undefined
    return seconds === undefined ? verdict : { ...verdict, afterMs: Math.ceil(seconds * 1000) }
  },
})

function colorOf(hex: string): number {
  return Number.parseInt(hex.slice(1), 16)
}

/** The body of a 429 says how long, with a fraction of a second. */
function waitOf(body: string): number | undefined {
  const found = /"retry_after"\s*:\s*(\d+(?:\.\d+)?)/.exec(body)
  return found === null ? undefined : Number(found[1])
}
