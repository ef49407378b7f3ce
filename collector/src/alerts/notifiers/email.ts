/**
 * E-mail, by the SMTP server that the user names.
 *
 * Invariant: one message for all recipients; the mails of one alert stand in one thread, and a repetition has the
 * message id of the first attempt.
 */
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import type { Notice } from '../notice.ts'
import { CHAT_SCHEDULE, type Notifier } from '../notifier.ts'
import type { Verdict } from '../verdict.ts'
import { plainText } from './wording.ts'

interface Settings {
  smtp: string
  from: string
  to: string[]
  unsubscribe?: string | undefined
}

const TIMEOUT_MS = 20_000
const address = z.email()

export const email: Notifier<Settings> = {
  type: 'email',
  settings: {
    smtp: z
      .url({ protocol: /^smtps?$/ })
      .describe('smtp://user:password@host:587, or smtps://… where TLS comes first'),
    from: z.string().min(3).describe('Sender, such as Spanmeter <alerts@example.com>'),
    to: z.array(address).min(1).max(50),
    unsubscribe: z.string().optional().describe('Address or URL for the List-Unsubscribe header'),
  },
  batch: 50,
  schedule: CHAT_SCHEDULE,
  async send(notice, settings, { text }) {
    const transport = createTransport(settings.smtp, {
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
    } as object)
    const { title, body } = text ?? plainText(notice)
    const thread = threadOf(notice)
    try {
      await transport.sendMail({
        from: settings.from,
        to: settings.to,
        subject: title.replaceAll(/[\r\n]+/g, ' '),
        text: body,
        messageId: `<${notice.id}@spanmeter>`,
        references: thread,
        inReplyTo: thread,
        date: new Date(notice.createdAt),
        ...(settings.unsubscribe !== undefined && {
          list: { unsubscribe: settings.unsubscribe },
        }),
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      return { outcome: 'delivered' }
    } catch (error) {
      return verdictOf(error as SmtpError)
    } finally {
      transport.close()
    }
  },
}

interface SmtpError extends Error {
  responseCode?: number
}

/** RFC 5321 §4.2.1: 4yz may go later, 5yz never will; without an answer it may go later. */
export function verdictOf({ responseCode, message }: SmtpError): Verdict {
  return responseCode !== undefined && responseCode >= 500
    ? { outcome: 'failed', reason: message }
    : { outcome: 'retry', reason: message }
}

/** What the mails about the first of its alerts refer to. */
function threadOf(notice: Notice): string {
  return `<alert-${notice.events[0]?.alertId ?? notice.id}@spanmeter>`
}
