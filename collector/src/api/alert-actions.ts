/** What people and other systems do about alerts. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { createBackTest } from './alert-back-test.ts'
import { createMarks } from './alert-marks.ts'
import type { ApiOptions } from './app.ts'
import { createChannelActions } from './channel-actions.ts'
import { createIncoming } from './incoming-alerts.ts'
import { createSilences } from './silence-actions.ts'

/** Creates the actions. */
export function createAlertActions(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  for (const create of [createMarks, createSilences, createChannelActions, createBackTest, createIncoming])
    app.route('/', create(options))
  return app
}
