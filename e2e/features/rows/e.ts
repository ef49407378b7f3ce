/** Runs and their limits: group E. */
import { ALERTS, CALL_PANELS, type Feature, feature, INSIGHT, RULES } from '../feature.ts'

export const E: readonly Feature[] = [
  feature('E1', 'Fifty successful runs a month', `${RULES}: lets 50 successful runs through`),
  feature(
    'E2',
    'Runs with their status, error and configuration (E2 to E8)',
    'middleware/test/runs.test.ts: says how it ended',
    'middleware/test/runs.test.ts: is one span; what happens inside',
  ),
  feature(
    'E9',
    'Every delivery with its attempts, and again',
    'collector/test/alerts/outbox.test.ts: is tried again by the schedule',
    `${ALERTS}: a channel is tried, switched off`,
    'collector/test/alerts/killed.slow.test.ts: every alert is taken by the receiver',
  ),
  feature('E11', 'Runs of a month, with their cost', `${INSIGHT}: runs: put together from their spans`),
  feature(
    'E12',
    'A limit that two at once cannot both pass',
    `${RULES}: lets one of two pass that begin together`,
  ),
  feature(
    'E13',
    'Begin, end and cancel runs (E13, E14)',
    'middleware/test/runs.test.ts: is cancelled where its signal is aborted',
  ),
  feature(
    'E15',
    'Every number says where it is from',
    'e2e/test/main-job.test.ts: are "missing" where the caller left',
  ),
  feature('E16', 'Runs over HTTP (E16, E19)', `${INSIGHT}: runs: put together from their spans`),
  feature(
    'E17',
    'A test message to a channel',
    `${ALERTS}: a channel is tried, switched off when it is gone`,
  ),
  feature('E18', 'Runs on the dashboards', `${CALL_PANELS}: a run has the sum of its calls`),
  feature(
    'E20',
    'Failed runs do not count, but cost',
    `${RULES}: does not count runs that fail`,
    `${INSIGHT}: runs: put together from their spans`,
  ),
  feature(
    'E21',
    'Test runs do not count',
    `${RULES}: does not count runs that fail, and no test runs`,
    'collector/test/reconcile.test.ts: what telemetry has beyond the reports',
  ),
  feature(
    'E22',
    'A new month begins anew, in its zone',
    `${RULES}: begins anew on the 1st`,
    'collector/src/budgets/period.test.ts: a month begins at midnight of its zone',
    'collector/test/period.slow.test.ts: months',
  ),
  feature(
    'E23',
    'Prices of models at their time',
    'middleware/src/pricing/pricing.test.ts: rates every model like the package itself',
  ),
  feature(
    'E24',
    'Twelve decimals',
    'middleware/src/pricing/pricing.test.ts: gives an exact decimal, or null',
  ),
  feature(
    'E25',
    'Beyond a limit a call is refused, with a reason',
    `${RULES}: refuses the 51st before it begins, and says why`,
    'e2e/test/limits-transports.test.ts: refuses the call that does not fit',
    'e2e/test/limits-sockets.test.ts: may ask as long as there is room',
    'e2e/sdks/refusals.test.ts: is told once',
    'e2e/test/limits-decision.slow.test.ts: tells the ledger, the holds',
  ),
  feature('E26', 'A warning at 80 percent', `${RULES}: warns at 80 percent, with the 40th`),
  feature(
    'E27',
    'Rows of others cannot be read',
    'collector/test/isolation.slow.test.ts: a tenant sees nothing of another one',
  ),
  feature(
    'E28',
    'What was configured, what failed and who was told, for audits',
    'middleware/test/runs.test.ts: does not depend on the order of keys',
    'collector/test/alerts/outbox.test.ts: is given up with its reason',
  ),
  feature(
    'E32',
    'Near the limit a warning, beyond it a refusal',
    `${RULES}: warns at 80 percent, with the 40th`,
    `${RULES}: refuses the 51st before it begins`,
    'e2e/test/limits.test.ts: refuses the call that would break the budget',
  ),
]
