/**
 * How budgets stand, from the samples that the collector stores.
 *
 * Invariant: the newest sample of a subject is how it stands; one whose period is over, or of which nothing was
 * heard for two hours, is no longer there.
 */
import { sql } from './text.ts'

/** A subject of a budget in words: `tenant acme`, or `everyone`. */
export const SUBJECT =
  "if(empty(subject), 'everyone', arrayStringConcat(arrayMap((k, v) -> concat(replaceRegexpOne(k, '_id$', ''), ' ', v), mapKeys(subject), mapValues(subject)), ', '))"

/** How much of the limit is used, 0 to 1 and above; NULL without a limit. */
export const USED = 'if(budget_limit = 0, NULL, toFloat64(committed) / toFloat64(budget_limit))'

/** The newest sample of every subject whose period runs. */
export const STANDINGS: string = sql`
  (
    SELECT budget, subject, argMax(tuple(unit, period, resets_at, committed, held, budget_limit, status), at) AS last, max(at) AS seen
    FROM budget_samples
    WHERE at >= now() - INTERVAL 2 HOUR
    GROUP BY budget, subject
    HAVING last.3 IS NULL OR last.3 > now()
  )`
