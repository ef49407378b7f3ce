/** Usage events: group A. */
import {
  API,
  BOARDS,
  CLIENT,
  EVENTS,
  type Feature,
  feature,
  INSIGHT,
  LIMIT_PANELS,
  REFUSALS,
  USAGE,
} from '../feature.ts'

export const A: readonly Feature[] = [
  feature(
    'A1',
    'One finished span is one usage event, with an id that stays',
    `${EVENTS}: an event has everything that is known`,
  ),
  feature('A2', 'Types of the API, generated', `${CLIENT}: its types are what the API says`),
  feature('A3', 'Usage events over HTTP', `${EVENTS}: an event has everything that is known`),
  feature(
    'A4',
    'Pages by cursor and by offset',
    `${EVENTS}: %s: pages are the whole list`,
    `${USAGE}: events by offset are the same list`,
  ),
  feature('A5', 'Sorting by a list of columns', `${EVENTS}: the order is the one that was asked for`),
  feature(
    'A6',
    'Filter by tenant; an absent one never means all',
    `${API}: filters narrow the answer`,
    'collector/test/isolation.slow.test.ts: a tenant sees nothing of another one',
  ),
  feature(
    'A7',
    'Credits of an event by kind',
    'collector/test/credits.test.ts: events carry their credits by kind',
    `${LIMIT_PANELS}: credits of all kinds are the cost in credits`,
  ),
  feature(
    'A8',
    'State of an event at Stripe, and what is billed there',
    'collector/test/stripe/api.test.ts: each call says how far Stripe knows of it',
    'collector/test/stripe/stripe-sync.test.ts: an hour is sent when it is over',
    'collector/test/stripe/law.slow.test.ts: with the window %s every customer is billed what they used',
  ),
  feature(
    'A9',
    'Colours of that state',
    `${LIMIT_PANELS}: every state of an hour at Stripe stands in its colour`,
  ),
  feature(
    'A10',
    'Traces of Langfuse',
    'collector/test/import-langfuse.test.ts: calls arrive once, however often they are imported',
    'collector/test/dialects-platforms.test.ts: Langfuse SDK: buckets apart in JSON',
  ),
  feature(
    'A11',
    'One way for every source of calls',
    'collector/test/import-langfuse.test.ts: calls arrive once, however often they are imported',
    'collector/test/usage-events.test.ts: single, list, binary mode and plain JSON are taken',
  ),
  feature(
    'A12',
    'A client method for each question; a list of calls',
    `${CLIENT}: asks with its token and gets a typed answer`,
    `${BOARDS}: follows a total to its calls`,
  ),
  feature('A13', 'Fits a phone', `${BOARDS}: $title fits $width px`),
  feature(
    'A14',
    'Statistics of one customer',
    `${INSIGHT}: the dashboard of a tenant is what its parts answer alone`,
  ),
  feature('A15', 'A tenant on every call', 'e2e/test/main-job.test.ts: says who made it and what for'),
  feature(
    'A17',
    'Errors are problem details; the host never sees one of ours',
    `${REFUSALS}: a mistyped parameter gets a hint`,
    'middleware/test/capture-sdks.test.ts: may be down without anybody noticing',
  ),
  feature(
    'A18',
    'Roles on every route',
    'collector/test/isolation.slow.test.ts: every address that answers asks for a token that may read',
  ),
  feature(
    'A16',
    'Memory that does not grow with tenants',
    'collector/test/many-tenants.slow.test.ts: ten thousand more tenants take no more memory',
  ),
  feature(
    'A19',
    'The configuration over HTTP, to read and to replace',
    'collector/test/config-write.test.ts: a configuration is replaced whole, and what was shown can be sent back',
  ),
]
