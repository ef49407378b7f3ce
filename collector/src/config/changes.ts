/**
 * What a new configuration changes.
 *
 * Invariant: pure.
 */
import type { CollectorConfig } from './schema.ts'

/** What is taken over while the collector runs; the rest is at the next start. */
const LIVE: ReadonlySet<string> = new Set([
  ...[
    'logLevel',
    'auth',
    'tls',
    'cors',
    'meters',
    'prices',
    'budgets',
    'credits',
    'plans',
    'defaultPlan',
    'subscriptions',
    'channels',
    'alerts',
    'stripe',
  ],
])

/** Top-level keys that differ. */
export interface ConfigChanges {
  /** They hold from now on. */
  readonly changed: readonly string[]
  /** They hold at the next start. */
  readonly needRestart: readonly string[]
}

/** Compares two configurations. */
export function compareConfigs(before: CollectorConfig, next: CollectorConfig): ConfigChanges {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(next)])] as (keyof CollectorConfig)[]
  const differing = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key]))
  return {
    changed: differing.filter((key) => LIVE.has(key)),
    needRestart: differing.filter((key) => !LIVE.has(key)),
  }
}
