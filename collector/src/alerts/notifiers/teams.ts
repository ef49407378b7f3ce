/**
 * Microsoft Teams, by a workflow ("When a Teams webhook request is received"); the connectors of Office 365 that
 * came before are retired.
 *
 * Invariant: one Adaptive Card a message, below the 28 KB that a workflow takes.
 * Source: learn.microsoft.com, "Create incoming webhooks with Workflows for Microsoft Teams"; adaptivecards.io 1.4.
 */
import { z } from 'zod'
import { headingOf } from '../notice.ts'
import { CHAT_SCHEDULE, httpNotifier } from '../notifier.ts'
import { judge, USUAL } from '../verdict.ts'
import { subjectLine } from './wording.ts'

interface Settings {
  url: string
}

const STYLE = { info: 'accent', warning: 'warning', critical: 'attention' } as const

export const teams = httpNotifier<Settings>({
  type: 'teams',
  settings: { url: z.url({ protocol: /^https?$/ }).describe('The address that the workflow shows') },
  batch: 10,
  schedule: CHAT_SCHEDULE,
  compose(notice, { url }, { text }) {
    const blocks =
      text !== undefined
        ? [{ type: 'TextBlock', text: text.body, wrap: true }]
        : notice.events.map((event) => ({
            type: 'Container',
            style: event.status === 'resolved' ? 'good' : STYLE[event.severity],
            items: [
              { type: 'TextBlock', text: event.title, weight: 'Bolder', wrap: true },
              { type: 'TextBlock', text: event.summary, wrap: true },
              {
                type: 'FactSet',
                facts: [
                  { title: 'Value', value: event.value },
                  { title: 'Threshold', value: event.threshold },
                  ...(subjectLine(event) === '' ? [] : [{ title: 'Subject', value: subjectLine(event) }]),
                ],
              },
            ],
          }))
    const links = [
      ...(notice.link === undefined ? [] : [{ title: 'Open Spanmeter', url: notice.link }]),
      ...notice.events.flatMap(({ runbook }) =>
        runbook === undefined ? [] : [{ title: 'What to do', url: runbook }],
      ),
    ]
    const card = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [
        {
          type: 'TextBlock',
          size: 'Medium',
          weight: 'Bolder',
          text: text?.title ?? headingOf(notice),
          wrap: true,
        },
        ...blocks,
      ],
      actions: links.slice(0, 4).map((link) => ({ type: 'Action.OpenUrl', ...link })),
    }
    return {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({
        type: 'message',
        attachments: [
          { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
        ],
      }),
    }
  },
  // a workflow that was deleted or switched off answers 404
  judge: (answer, now) =>
    judge(answer, now, { ...USUAL, disable: (status) => status === 404 || status === 410 }),
})
