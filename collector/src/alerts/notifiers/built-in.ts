/** Every kind of channel, in the order of the documentation. */
import type { Notifier } from '../notifier.ts'
import { alertmanager } from './alertmanager.ts'
import { discord } from './discord.ts'
import { email } from './email.ts'
import { grafana } from './grafana.ts'
import { ntfy } from './ntfy.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

export const NOTIFIERS: readonly Notifier[] = [
  slack,
  teams,
  discord,
  email,
  pagerduty,
  alertmanager,
  grafana,
  webhook,
  ntfy,
] as readonly Notifier<never>[]
