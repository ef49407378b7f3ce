/**
 * The whole configuration: every section, one file each.
 *
 * Invariant: a key belongs to one section; what is not declared is refused.
 */
import { z } from 'zod'
import { accessSection } from './access.ts'
import { alertFaults, alertsSection } from './alerts.ts'
import { budgetsSection } from './budgets.ts'
import { clickhouseSection } from './clickhouse.ts'
import { grpcSection } from './grpc.ts'
import { metersSection } from './meters.ts'
import { planFaults, plansSection } from './plans.ts'
import { pricesSection } from './prices.ts'
import { processSection } from './process.ts'
import { receiveSection } from './receive.ts'
import { retentionSection } from './retention.ts'
import { spoolSection } from './spool.ts'
import { stripeFaults, stripeSection } from './stripe.ts'

/** In the order in which the documentation names them. */
export const schema = z
  .strictObject({
    ...processSection.shape,
    ...grpcSection.shape,
    ...accessSection.shape,
    ...clickhouseSection.shape,
    ...receiveSection.shape,
    ...spoolSection.shape,
    ...retentionSection.shape,
    ...metersSection.shape,
    ...pricesSection.shape,
    ...budgetsSection.shape,
    ...plansSection.shape,
    ...alertsSection.shape,
    ...stripeSection.shape,
  })
  .check(({ value, issues }) => {
    for (const { path, message } of [...planFaults(value), ...alertFaults(value), ...stripeFaults(value)])
      issues.push({ code: 'custom', path, message, input: value })
  })

/** Everything that can be set. */
export type CollectorConfig = z.infer<typeof schema>

/** Environment variable → path in the configuration. */
export const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  ...processSection.variables,
  ...grpcSection.variables,
  ...accessSection.variables,
  ...clickhouseSection.variables,
  ...receiveSection.variables,
  ...spoolSection.variables,
  ...retentionSection.variables,
  ...metersSection.variables,
  ...pricesSection.variables,
  ...budgetsSection.variables,
  ...plansSection.variables,
  ...alertsSection.variables,
  ...stripeSection.variables,
}
