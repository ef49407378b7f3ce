/**
 * ntfy, on ntfy.sh or a server of one's own.
 *
 * Invariant: published as JSON, so that every character of a name arrives as it is.
 * Source: docs.ntfy.sh/publish (publish as JSON, priorities, tags).
 */
import { z } from 'zod'
import { severityOf, statusOf } from '../notice.ts'
import { CHAT_SCHEDULE, httpNotifier } from '../notifier.ts'
import { judge, USUAL } from '../verdict.ts'
import { type Authorized, authorization, authorizationSettings } from './authorization.ts'
import { plainText } from './wording.ts'

interface Settings extends Authorized {
  url: string
  topic: string
}

const PRIORITY = { info: 2, warning: 3, critical: 5 } as const
const TAG = { info: 'information_source', warning: 'warning', critical: 'rotating_light' } as const
/** Longer messages become attachments. */
const MOST_MESSAGE = 3900

export const ntfy = httpNotifier<Settings>({
  type: 'ntfy',
  settings: {
    url: z
      .url({ protocol: /^https?$/ })
      .default('https://ntfy.sh')
      .describe('The server'),
    topic: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is no topic: 1 to 64 letters, digits, _ and -'),
    ...authorizationSettings,
  },
  batch: 5,
  schedule: CHAT_SCHEDULE,
  compose(notice, settings, { text }) {
    const { title, body } = text ?? plainText(notice)
    const over = statusOf(notice) === 'resolved'
    const severity = severityOf(notice)
    return {
      method: 'POST',
      url: settings.url,
      headers: { 'content-type': 'application/json', ...authorization(settings) },
      body: JSON.stringify({
        topic: settings.topic,
        title,
        message: body.slice(0, MOST_MESSAGE),
        priority: over ? PRIORITY.info : PRIORITY[severity],
        tags: [over ? 'white_check_mark' : TAG[severity]],
        ...(notice.link !== undefined && { click: notice.link }),
      }),
    }
  },
  judge: (answer, now) => judge(answer, now, USUAL),
})
