/**
 * What a new configuration changes, and how one is shown.
 *
 * Invariant: pure; nothing that is shown opens anything.
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
    'plans',
    'defaultPlan',
    'subscriptions',
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

/** A configuration without passwords and hashes. */
export function withoutSecrets(config: CollectorConfig): object {
  const { auth, clickhouse, ...rest } = config
  const hidden = (url: string | undefined) => (url === undefined ? undefined : withoutPassword(url))
  return {
    ...rest,
    auth: { ...auth, tokens: auth.tokens.map((token) => ({ ...token, hash: '<secret>' })) },
    clickhouse: { ...clickhouse, url: hidden(clickhouse.url), readerUrl: hidden(clickhouse.readerUrl) },
  }
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = 'secret'
  for (const name of url.searchParams.keys()) url.searchParams.set(name, 'secret')
  return url.href
}
