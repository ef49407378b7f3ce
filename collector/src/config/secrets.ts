/**
 * A configuration as it is shown, and what was shown taken back.
 *
 * Invariant: pure; nothing that is shown opens anything, and what is sent back as it was shown means what it hid.
 */
import type { CollectorConfig } from './schema.ts'
import { writtenConfig } from './written.ts'

/** Stands for what is not shown. */
const HIDDEN = '<secret>'

/** Settings of channels that let somebody send in our name. */
const OF_CHANNELS = new Set(['secrets', 'routingKey', 'token', 'password', 'smtp', 'topic'])

/** A configuration as it would be written, without passwords, hashes, and addresses that are secrets. */
export function withoutSecrets(config: CollectorConfig): object {
  const { auth, clickhouse, channels, stripe, ...rest } = writtenConfig(config)
  const hidden = (url: string | undefined) => (url === undefined ? undefined : withoutPassword(url))
  return {
    ...rest,
    auth: { ...auth, tokens: auth.tokens.map((token) => ({ ...token, hash: HIDDEN })) },
    clickhouse: { ...clickhouse, url: hidden(clickhouse.url), readerUrl: hidden(clickhouse.readerUrl) },
    stripe: { ...stripe, ...(stripe.secretKey !== undefined && { secretKey: HIDDEN }) },
    channels: Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, shown(channel)])),
  }
}

function shown(channel: object): object {
  return Object.fromEntries(
    Object.entries(channel).map(([name, value]) => {
      if (name === 'url') return [name, withoutPath(String(value))]
      if (!OF_CHANNELS.has(name)) return [name, value]
      return [name, Array.isArray(value) ? value.map(() => HIDDEN) : HIDDEN]
    }),
  )
}

/** Webhooks are opened by their path. */
function withoutPath(text: string): string {
  const { origin, pathname, search, username } = new URL(text)
  return pathname === '/' && search === '' && username === '' ? text : `${origin}/${HIDDEN}`
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = 'secret'
  for (const name of url.searchParams.keys()) url.searchParams.set(name, 'secret')
  return url.href
}

/** A value of a new configuration that is to be put in place of what was shown. */
export interface Restored {
  readonly path: readonly (string | number)[]
  readonly value: string
}

/** Finds what `next` has as it was shown; what stands for something that is not known has no value. */
export function restore(next: unknown, current: CollectorConfig): (Restored | { path: Restored['path'] })[] {
  const found: (Restored | { path: Restored['path'] })[] = []
  const walk = (given: unknown, seen: unknown, real: unknown, path: readonly (string | number)[]): void => {
    if (typeof given === 'string') {
      if (typeof real === 'string' && given === seen && real !== seen) found.push({ path, value: real })
      else if (given.includes(HIDDEN)) found.push({ path })
    } else if (Array.isArray(given)) {
      for (const [index, one] of given.entries()) {
        const at = placeOf(one, seen, index)
        walk(one, partOf(seen, at), partOf(real, at), [...path, index])
      }
    } else if (typeof given === 'object' && given !== null) {
      for (const [name, one] of Object.entries(given))
        walk(one, partOf(seen, name), partOf(real, name), [...path, name])
    }
  }
  walk(next, withoutSecrets(current), current, [])
  return found
}

/** Where an element of a list was before: by its id, else at the same place. */
function placeOf(one: unknown, seen: unknown, index: number): number {
  const id = partOf(one, 'id')
  if (id === undefined || !Array.isArray(seen)) return index
  return seen.findIndex((other) => partOf(other, 'id') === id)
}

function partOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined
}
