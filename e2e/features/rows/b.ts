/** The billing answer and its page: group B. */
import { API, CALL_PANELS, type Feature, feature, LAW, PAGE, PANELS, USAGE } from '../feature.ts'

export const B: readonly Feature[] = [
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
    `${CALL_PANELS}: tokens over time and the table of models add up`,
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
]
