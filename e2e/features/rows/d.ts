/** Pricing, trends, alerts, health and plans: group D. */
import {
  ALERTS,
  API,
  CALL_PANELS,
  CLIENT,
  type Feature,
  feature,
  INSIGHT,
  LIMIT_PANELS,
  PAGE,
  RULES,
  USAGE,
} from '../feature.ts'

export const D: readonly Feature[] = [
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
    'D10',
    'Budgets with progress bars and a status',
    `${RULES}: warns at 80 percent, with the 40th`,
    `${LIMIT_PANELS}: budgets show how much is used, and their status`,
  ),
  feature(
    'D11',
    'Cost by provider',
    `${PAGE}: filters by a variable, also from a link, and by a click on a provider`,
  ),
  feature('D12', 'Trends of 3, 6 and 12 months', `${USAGE}: trends: complete months and the running one`),
  feature(
    'D13',
    'Alerts that are read and acknowledged',
    `${ALERTS}: an alert is read and acknowledged`,
    `${ALERTS}: alerts are listed, told in one message`,
    `${LIMIT_PANELS}: alerts are told with their severity`,
  ),
  feature(
    'D14',
    'Response time, errors and uptime, by provider',
    `${INSIGHT}: stats: speed, errors and uptime`,
    `${CALL_PANELS}: a success of a provider costs all that the provider cost`,
  ),
  feature(
    'D16',
    'Plans, subscriptions and statements',
    'collector/test/statements.test.ts: a month is the price, and what is beyond',
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
    `${CALL_PANELS}: what caches saved is list price`,
  ),
  feature(
    'D25',
    'Hours and weekdays',
    `${INSIGHT}: insights: failed calls, retries, cheaper models, and hours of the zone`,
  ),
  feature(
    'D27',
    'Providers compared by what a success costs',
    `${CALL_PANELS}: a success of a provider costs all that the provider cost`,
  ),
  feature(
    'D28',
    'Descriptions, sorting, exports, small screens',
    `${PAGE}: shows the numbers of a chart as a table, which sorts`,
    'collector/test/export.test.ts: JSON lines are the usage events',
    'collector/test/export.test.ts: FOCUS: the columns of 1.2',
  ),
  feature(
    'D29',
    'Plans compared on the last months',
    'collector/test/statements.test.ts: the cheapest plan is one that would have refused nothing',
  ),
  feature(
    'D30',
    'Billing history',
    'collector/test/statements.test.ts: a cost that was rated anew after the end is an adjustment',
  ),
]
