/** Meters, plans and overage: group C. */
import { type Feature, feature, INSIGHT, LAW, RULES, USAGE } from '../feature.ts'

export const C: readonly Feature[] = [
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
]
