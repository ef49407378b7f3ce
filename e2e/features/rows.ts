/**
 * What Spanmeter does, feature by feature, and the test that shows each.
 *
 * Invariant: a row names a test that exists, or says that it waits; nothing is shown by a promise.
 */

/** A feature. */
export interface Feature {
  readonly id: string
  readonly what: string
  /** `file: beginning of the test's name`, one a line; empty where nothing shows it yet. */
  readonly shown: readonly string[]
  /** Why nothing shows it, or what is missing beside what is shown. */
  readonly note?: string
}

const API = 'collector/test/api.test.ts'
const USAGE = 'collector/test/usage-api.test.ts'
const INSIGHT = 'collector/test/insight-api.test.ts'
const PAGE = 'e2e/test/page.test.ts'
const BOARDS = 'e2e/test/page-dashboards.slow.test.ts'
const PANELS = 'dashboards/test/panel-answers.test.ts'
const RULES = 'e2e/test/limits-rules.test.ts'
const LAW = 'collector/test/usage-law.test.ts'
const CLIENT = 'client/test/client.test.ts'

const feature = (id: string, what: string, ...shown: string[]): Feature => ({ id, what, shown })
const waits = (id: string, what: string, note: string, ...shown: string[]): Feature => ({
  id,
  what,
  shown,
  note,
})

/** Every row of groups A to E that asks for something that can be seen. */
export const FEATURES: readonly Feature[] = [
  feature(
    'A1',
    'One finished span is one usage event, with an id that stays',
    `${API}: an event has everything that is known`,
  ),
  feature('A2', 'Types of the API, generated', `${CLIENT}: its types are what the API says`),
  feature('A3', 'Usage events over HTTP', `${API}: an event has everything that is known`),
  feature(
    'A4',
    'Pages by cursor and by offset',
    `${API}: %s: pages are the whole list`,
    `${USAGE}: events by offset are the same list`,
  ),
  feature('A5', 'Sorting by a list of columns', `${API}: the order is the one that was asked for`),
  feature(
    'A6',
    'Filter by tenant; an absent one never means all',
    `${API}: filters narrow the answer`,
    'collector/test/isolation.slow.test.ts: a tenant sees nothing of another one',
  ),
  waits(
    'A7',
    'Credits of an event by kind',
    'events carry tokens by bucket and their cost parts; credits of a plan are not in them',
    `${USAGE}: is its buckets times unit prices`,
  ),
  waits('A8', 'State of an event at a billing provider', 'nothing is sent to billing providers'),
  waits('A9', 'Colours of that state', 'as A8'),
  waits(
    'A10',
    'Traces of Langfuse',
    'spans of its SDKs are understood; its API is not read',
    'collector/test/dialects.test.ts: Langfuse SDK: buckets apart in JSON',
  ),
  feature(
    'A12',
    'A client method for each question; a list of calls',
    `${CLIENT}: asks with its token and gets a typed answer`,
    `${BOARDS}: follows a total to its calls`,
  ),
  feature('A13', 'Fits a phone', `${BOARDS}: $title fits a phone`),
  feature(
    'A14',
    'Statistics of one customer',
    `${INSIGHT}: the dashboard of a tenant is what its parts answer alone`,
  ),
  feature('A15', 'A tenant on every call', 'e2e/test/main-job.test.ts: says who made it and what for'),
  feature(
    'A17',
    'Errors are problem details; the host never sees one of ours',
    `${API}: a mistyped parameter gets a hint`,
    'middleware/test/capture.test.ts: may be down without anybody noticing',
  ),
  feature(
    'A18',
    'Roles on every route',
    'collector/test/isolation.slow.test.ts: every address that answers asks for a token that may read',
  ),
  feature('B1', 'Billing analytics in one answer', `${API}: all fields, with money to the twelfth decimal`),
  feature(
    'B2',
    'Calendar and rolling periods',
    `${USAGE}: a running month is compared`,
    'collector/src/query/period.test.ts: in every zone, yesterday ends where today starts',
  ),
  feature(
    'B3',
    'Half-open ranges by date',
    'collector/src/query/period.test.ts: dates without a period mean a custom one',
  ),
  feature(
    'B4',
    'Bearer tokens, with a tenant',
    'collector/test/access.test.ts: a token is let in by its hash',
  ),
  feature(
    'B5',
    'Tokens, cost, messages, conversations in total (B5 to B10)',
    `${API}: all fields, with money to the twelfth decimal`,
  ),
  feature(
    'B11',
    'Usage by day, days of the zone, empty ones too',
    `${API}: days are days of the zone`,
    `${API}: without calls: zeros`,
  ),
  feature(
    'B12',
    'Usage by agent',
    `${USAGE}: an agent without an id is known by its name`,
    'collector/test/billing-law.test.ts: March in %s: days = models = agents = total',
  ),
  feature(
    'B13',
    'Usage by model',
    `${LAW}: any dimension, limit and order`,
    `${PANELS}: tokens over time and the table of models add up`,
  ),
  feature('B14', 'Most expensive conversations', `${PANELS}: tables list the most expensive first`),
  feature(
    'B15',
    'Dashboards with a period selector, cards, lists, empty and failed states (B15 to B25)',
    `${PAGE}: switches the range, says so in its address`,
    `${PAGE}: has words for a range without calls`,
    `${PAGE}: keeps its numbers and says that they are old`,
  ),
  feature('B20', 'Cards that show what the API says', `${PAGE}: shows the totals that the API gives`),
  feature(
    'B26',
    'Token budgets of agents',
    'e2e/test/limits.test.ts: refuses the call that would break the budget',
  ),
  feature(
    'B29',
    'CSV, safe to open in a spreadsheet',
    `${USAGE}: CSV of a series in the layout of the billing page`,
    `${USAGE}: no cell is a formula`,
  ),
  feature('B30', 'Date ranges by picker and by dragging', `${PAGE}: zooms by dragging across a chart`),
  feature(
    'C1',
    'Any meter, not only tokens',
    'middleware/test/meters.test.ts: is one span of no duration, with meter, quantity, unit',
  ),
  feature(
    'C2',
    'Calls are recorded by themselves',
    'e2e/test/main-job.test.ts: was made: each case has the ledger entries',
  ),
  feature('C3', 'Minutes of voice', `${RULES}: 60 minutes are included`),
  feature(
    'C4',
    'Usage of a period, and its trend (C4, C5)',
    `${USAGE}: trends: complete months and the running one`,
  ),
  feature(
    'C6',
    'Quantities and prices as decimals',
    'middleware/test/meters.test.ts: is quantity times unit price, exactly',
  ),
  feature('C7', 'Sums by period', `${LAW}: rollups say what the raw spans say`),
  feature('C8', 'Plans with included quantities and overage', `${RULES}: 1,000 calls are included`),
  feature('C9', 'Overview of a tenant and its meters', `${INSIGHT}: meters: the parts sum to the total`),
  feature(
    'C10',
    'Usage of a provider’s answers, exact',
    'e2e/test/main-job.test.ts: of finished calls are exactly what the provider billed',
  ),
  feature('C11', 'Estimates say so', 'e2e/test/main-job.test.ts: are estimated from what passed by'),
  feature('C14', 'Unit prices, also below a cent', `${RULES}: a megabyte costs 0.001 USD, exactly`),
  feature(
    'C16',
    'Levels beside quantities',
    'middleware/test/meters.test.ts: is an observation without cost where it is a level',
  ),
  feature('C17', 'Meters whose parts sum to the total', `${INSIGHT}: meters: the parts sum to the total`),
  feature('C18', 'Live totals', 'collector/test/stream.test.ts: totals come at once and when they change'),
  feature(
    'C19',
    'A tenant sees its own and nothing else',
    'collector/test/isolation.slow.test.ts: what a tenant sees is all of its own',
  ),
  feature(
    'C20',
    'Sums are read from rollups',
    `${LAW}: a month of days in UTC is read from the day rollup alone`,
  ),
  feature('C22', 'Prices of one’s own', 'collector/src/rate/own-prices.test.ts: a tenant outranks everybody'),
  feature(
    'C26',
    'When a call was rated, and why it has no cost',
    'collector/test/rows.test.ts: a call without a cost says why',
  ),
  feature(
    'D1',
    'Providers are found by host and path',
    'middleware/test/providers.test.ts: gives every host to one provider',
  ),
  feature(
    'D2',
    'Bodies reach the host as they were',
    'middleware/test/transports.test.ts: leaves alone what is not metered, and gets errors as they are',
  ),
  feature(
    'D3',
    'Absent usage is not zero',
    'e2e/test/main-job.test.ts: is unknown, not zero, for a model without a price',
  ),
  feature('D5', 'Types of every answer (D5, D6)', `${CLIENT}: its types are what the API says`),
  feature('D7', 'Typed errors, and questions asked again', `${CLIENT}: that pass are asked about again`),
  feature(
    'D8',
    'Health and statistics',
    `${INSIGHT}: stats: speed, errors and uptime`,
    `${INSIGHT}: caches: what was read saved`,
  ),
  feature(
    'D9',
    'Dashboards that keep themselves up to date',
    `${PAGE}: says how to send one, with its own address, and turns live by itself`,
  ),
  feature(
    'D11',
    'Cost by provider',
    `${PAGE}: filters by a variable, also from a link, and by a click on a provider`,
  ),
  feature('D12', 'Trends of 3, 6 and 12 months', `${USAGE}: trends: complete months and the running one`),
  feature(
    'D14',
    'Response time, errors and uptime, by provider',
    `${INSIGHT}: stats: speed, errors and uptime`,
    `${PANELS}: a success of a provider costs all that the provider cost`,
  ),
  feature('D17', 'Rating in the collector', 'collector/test/dialects.test.ts: rating keeps to what it knows'),
  feature(
    'D18',
    'Everything about a tenant in one answer',
    `${INSIGHT}: the dashboard of a tenant is what its parts answer alone`,
  ),
  feature(
    'D19',
    'What the month will come to (D19, D26)',
    'collector/src/query/forecast.test.ts: the band holds about four of five months',
  ),
  feature('D20', 'Other paid APIs', 'middleware/test/providers.test.ts: has fixtures for every provider'),
  feature(
    'D21',
    'Unchanged answers are not sent again',
    `${API}: an unchanged answer is 304`,
    `${CLIENT}: does not have an unchanged answer sent again`,
  ),
  feature(
    'D23',
    'Costs as they change',
    'collector/test/stream.test.ts: totals come at once and when they change',
  ),
  feature(
    'D24',
    'Where money could be saved',
    `${INSIGHT}: insights: failed calls, retries, cheaper models`,
    `${PANELS}: what caches saved is list price`,
  ),
  feature(
    'D25',
    'Hours and weekdays',
    `${INSIGHT}: insights: failed calls, retries, cheaper models, and hours of the zone`,
  ),
  feature(
    'D27',
    'Providers compared by what a success costs',
    `${PANELS}: a success of a provider costs all that the provider cost`,
  ),
  feature(
    'D28',
    'Descriptions, sorting, exports, small screens',
    `${PAGE}: shows the numbers of a chart as a table, which sorts`,
    'collector/test/export.test.ts: JSON lines are the usage events',
    'collector/test/export.test.ts: FOCUS: the columns of 1.2',
  ),
  feature('E1', 'Fifty successful runs a month', `${RULES}: counts successes only`),
  feature(
    'E2',
    'Runs with their status, error and configuration (E2 to E8)',
    'middleware/test/runs.test.ts: says how it ended',
    'middleware/test/runs.test.ts: is one span; what happens inside',
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
  feature('E18', 'Runs on the dashboards', `${PANELS}: a run has the sum of its calls`),
  feature('E20', 'Failed runs do not count, but cost', `${INSIGHT}: runs: put together from their spans`),
  feature(
    'E22',
    'A new month begins anew, in its zone',
    'collector/src/budgets/period.test.ts: a month begins at midnight of its zone',
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
    'e2e/test/limits.test.ts: refuses the call that would break the budget',
  ),
  feature('E26', 'A warning at 80 percent', `${RULES}: counts successes only, warns at 40`),
  feature(
    'E27',
    'Rows of others cannot be read',
    'collector/test/isolation.slow.test.ts: a tenant sees nothing of another one',
  ),
  feature(
    'E32',
    'Near the limit a warning, beyond it a refusal',
    `${RULES}: counts successes only, warns at 40, refuses the 51st`,
  ),
]
