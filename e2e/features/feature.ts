/** A row of the list of features, and the tests that are named often. */

/** A feature. */
export interface Feature {
  readonly id: string
  readonly what: string
  /** `file: beginning of the test's name`, one a line. */
  readonly shown: readonly string[]
}

export const API = 'collector/test/api.test.ts'
export const EVENTS = 'collector/test/api-events.test.ts'
export const REFUSALS = 'collector/test/api-refusals.test.ts'
export const USAGE = 'collector/test/usage-api.test.ts'
export const INSIGHT = 'collector/test/insight-api.test.ts'
export const PAGE = 'e2e/test/page.test.ts'
export const BOARDS = 'e2e/test/page-dashboards.slow.test.ts'
export const PANELS = 'dashboards/test/panel-answers.test.ts'
export const CALL_PANELS = 'dashboards/test/panel-answers-calls.test.ts'
export const LIMIT_PANELS = 'dashboards/test/panel-answers-limits.test.ts'
export const RULES = 'e2e/test/limits-rules.test.ts'
export const LAW = 'collector/test/usage-law.test.ts'
export const ALERTS = 'collector/test/alerts/api.test.ts'
export const CLIENT = 'client/test/client.test.ts'

/** What a test shows. */
export const feature = (id: string, what: string, ...shown: string[]): Feature => ({ id, what, shown })
