/**
 * Every dashboard that there is.
 *
 * Invariant: the first one is what the page opens with.
 */
import type { Dashboard } from './model.ts'
import { overview } from './overview/overview.ts'

/** In the order in which they are offered. */
export const dashboards: readonly Dashboard[] = [overview]
