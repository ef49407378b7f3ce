/**
 * Every dashboard that there is.
 *
 * Invariant: the first one is what the page opens with; panels stand in reading order, for keyboards and readers.
 */
import { budgets } from './budgets/budgets.ts'
import { collector } from './collector/collector.ts'
import { customers } from './customers/customers.ts'
import type { Dashboard } from './model.ts'
import { models } from './models/models.ts'
import { overview } from './overview/overview.ts'
import { quality } from './quality/quality.ts'
import { reliability } from './reliability/reliability.ts'

/** In the order in which they are offered. */
export const dashboards: readonly Dashboard[] = [
  overview,
  models,
  customers,
  reliability,
  quality,
  budgets,
  collector,
].map((dashboard) => ({
  ...dashboard,
  panels: dashboard.panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x),
}))
