/** The public names of `@spanmeter/middleware`; a framework's adapter is an entry point of its own (`/hono`). */
export type { Attribution } from './attribution.ts'
export { flush, type Installed, install, shutdown, withAttribution, wrapFetch } from './install.ts'
export type { Attributed, SpanmeterOptions } from './meter.ts'
export { type MeterOptions, meter } from './meters/meter.ts'
export type { MeterFacts } from './meters/meter-attributes.ts'
export type { MeterPrice, MeterPrices } from './meters/meter-prices.ts'
export type { ApiRow } from './paid-apis.ts'
export type { UnitPriceRow } from './pricing/unit-prices.ts'
export type { Usage } from './pricing/usage.ts'
export {
  type CallFacts,
  defineProvider,
  type Endpoint,
  type EventStream,
  type Job,
  type JsonObject,
  type Metered,
  type PassedOn,
  type Provider,
  type RequestReading,
  type ResponseHeaders,
} from './providers/provider.ts'
export { type AdmitOptions, type Admitted, type Amounts, admit } from './quota/admit.ts'
export type { LimitsOptions } from './quota/quota.ts'
export { BudgetExceededError, budgetExceeded, type RefusalCode } from './quota/refusal.ts'
export type { Run, RunOptions } from './runs/open-run.ts'
export { type RunWorkOptions, run, runs } from './runs/run.ts'
