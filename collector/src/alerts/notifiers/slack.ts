/**
 * Slack, by an incoming webhook.
 *
 * Invariant: what users called their tenants and features never becomes Slack markup or a mention.
 * Source: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (blocks, errors), rate limits page.
 */
import { z } from 'zod'
import { headingOf } from '../notice.ts'
import { CHAT_SCHEDULE, httpNotifier } from '../notifier.ts'
import { judge, USUAL } from '../verdict.ts'
import { COLORS, subjectLine, tail } from './wording.ts'

interface Settings {
  url: string
}

/** Longest text of a section. */
const MOST_TEXT = 2900

export const slack = httpNotifier<Settings>({
  type: 'slack',
  settings: {
    url: z.url({ protocol: /^https?$/ }).describe('The incoming webhook: hooks.slack.com/services/…'),
  },
  batch: 10,
  schedule: CHAT_SCHEDULE,
  compose(notice, { url }, { text }) {
    const title = text?.title ?? headingOf(notice)
    const sections =
      text !== undefined
        ? [{ color: COLORS.info, text: plain(text.body) }]
        : notice.events.map((event) => ({
            color: event.status === 'resolved' ? COLORS.resolved : COLORS[event.severity],
            text: [
              `*${plain(event.title)}*`,
              plain(event.summary),
              `${plain(event.value)} against ${plain(event.threshold)}${tail(plain(subjectLine(event)))}`,
              event.runbook === undefined ? '' : `<${event.runbook}|What to do>`,
            ]
              .filter(Boolean)
              .join('\n'),
          }))
    return {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({
        text: plain(title),
        attachments: sections.map((section) => ({
          color: section.color,
          blocks: [{ type: 'section', text: { type: 'mrkdwn', text: section.text.slice(0, MOST_TEXT) } }],
        })),
        ...(notice.link !== undefined && {
          blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `*<${notice.link}|${plain(title)}>*` } }],
        }),
      }),
    }
  },
  // 403 action_prohibited, 404 no_service, 410 channel_is_archived: nobody will ever hear of it there again
  judge: (answer, now) =>
    judge(answer, now, { ...USUAL, disable: (status) => status === 403 || status === 404 || status === 410 }),
})

/** Slack's three control characters. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
