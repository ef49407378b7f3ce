/**
 * A channel of the configuration, with its notifier: where alerts are told.
 *
 * Invariant: sending never throws; an error is a verdict.
 */
import mustache from 'mustache'
import { headingOf, isAtLeast, type Notice, type Severity, severityOf, statusOf } from './notice.ts'
import type { Notifier } from './notifier.ts'
import { post } from './post.ts'
import type { Verdict } from './verdict.ts'

/** What is configured of every channel, whatever its kind. */
export interface ChannelConfig {
  readonly type: string
  /** Alerts that are not at least so bad are not told here. */
  readonly severity: Severity
  /** The user's own words, as Mustache templates. */
  readonly template?: { readonly title?: string | undefined; readonly body?: string | undefined } | undefined
  readonly [setting: string]: unknown
}

export interface Channel {
  readonly name: string
  readonly type: string
  readonly batch: number
  readonly schedule: readonly number[]
  readonly refreshMs: number | undefined
  takes(severity: Severity): boolean
  /** Delivers once. */
  send(notice: Notice, now: number): Promise<Verdict>
}

/** Joins a channel's configuration with its notifier. Throws for a kind that there is not. */
export function createChannel(
  name: string,
  config: ChannelConfig,
  notifiers: readonly Notifier[],
  allowPrivate: boolean,
): Channel {
  const notifier = notifiers.find(({ type }) => type === config.type)
  if (notifier === undefined) {
    const known = notifiers.map(({ type }) => type).join(', ')
    throw new Error(`cannot set up channel ${name}: there is no notifier ${config.type}; known are ${known}`)
  }
  const { type, batch, schedule, refreshMs } = notifier
  return {
    ...{ name, type, batch, schedule, refreshMs },
    takes: (severity) => isAtLeast(severity, config.severity),
    async send(notice, now) {
      try {
        const text = wordsOf(notice, config.template)
        const delivery = { now, post, allowPrivate, ...(text !== undefined && { text }) }
        return await notifier.send(notice, config as never, delivery)
      } catch (error) {
        return { outcome: 'retry', reason: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

function wordsOf(
  notice: Notice,
  template: ChannelConfig['template'],
): { title: string; body: string } | undefined {
  if (template === undefined) return undefined
  const view = {
    heading: headingOf(notice),
    status: statusOf(notice),
    severity: severityOf(notice),
    link: notice.link ?? '',
    alerts: notice.events.map((event) => ({
      ...event,
      subject: Object.entries(event.subject).map(([label, value]) => ({ label, value })),
      starts_at: new Date(event.startsAt).toISOString(),
      ends_at: event.endsAt === undefined ? '' : new Date(event.endsAt).toISOString(),
    })),
  }
  // What is escaped, and how, is the notifier's business.
  const render = (text: string) => mustache.render(text, view, {}, { escape: String })
  return {
    title: render(template.title ?? '{{heading}}'),
    body: render(
      template.body ?? '{{#alerts}}{{title}}: {{summary}} ({{value}} against {{threshold}})\n{{/alerts}}',
    ),
  }
}
