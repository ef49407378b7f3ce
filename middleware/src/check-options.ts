/**
 * What a developer gave where options are expected: options of names that exist, each of its type.
 *
 * Invariant: pure; every fault is told at once, with what to write instead.
 */
import type { SpanmeterOptions } from './meter.ts'
import type { LimitsOptions } from './quota/quota.ts'

type Kind =
  | 'text'
  | 'boolean'
  | 'number'
  | 'record'
  | 'list'
  | 'function'
  | 'text or function'
  | 'text, object or function'

/** The names that an object may have, and what each one holds. */
export interface OptionKinds {
  readonly [name: string]: Kind | OptionKinds
}

const LIMITS = {
  collector: 'text',
  onUnreachable: 'text',
  waitMs: 'number',
  holds: 'text',
  injectMaxTokens: 'boolean',
  refuseRequests: 'boolean',
  warnings: 'boolean',
} satisfies Record<keyof LimitsOptions, Kind>

/** Of every adapter and of `install()`. */
export const OPTIONS: OptionKinds = {
  service: 'text',
  environment: 'text',
  endpoint: 'text',
  fallbackEndpoint: 'text',
  headers: 'record',
  token: 'text',
  tenant: 'text or function',
  user: 'text or function',
  key: 'text or function',
  agent: 'text, object or function',
  conversation: 'text or function',
  feature: 'text or function',
  serverSpans: 'boolean',
  hosts: 'record',
  providers: 'list',
  meters: 'record',
  unitPrices: 'list',
  injectStreamUsage: 'boolean',
  apis: 'list',
  limits: LIMITS,
} satisfies Record<keyof SpanmeterOptions, Kind | typeof LIMITS>

const HOLDS: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  record: isObject,
  list: Array.isArray,
  function: (value) => typeof value === 'function',
  'text or function': (value) => typeof value === 'string' || typeof value === 'function',
  'text, object or function': (value) =>
    typeof value === 'string' || typeof value === 'function' || isObject(value),
}

/**
 * @param written how the options are given, for the message: `app.use(spanmeter({ … }))`
 * @throws {Error} where there are no options but something else, or an option that does not exist or holds something else
 */
export function checkOptions(given: unknown, kinds: OptionKinds, written: string): void {
  if (!isObject(given) || !isPlain(given, kinds)) {
    throw new Error(`cannot meter with ${nameOf(given)} in the place of options; write ${written}`)
  }
  const faults = faultsOf(given, kinds, '')
  if (faults.length > 0) throw new Error(`cannot use the options of spanmeter: ${faults.join('; ')}`)
}

function faultsOf(given: object, kinds: OptionKinds, path: string): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    const at = path + name
    if (kind === undefined) return [`there is no option \`${at}\`${suggestion(name, kinds)}`]
    if (value === undefined) return []
    if (typeof kind === 'object') {
      if (typeof value === 'boolean') return []
      return isObject(value) ? faultsOf(value, kind, `${at}.`) : [`\`${at}\` is no boolean or object`]
    }
    return HOLDS[kind](value) ? [] : [`\`${at}\` is ${nameOf(value)} and has to be ${article(kind)}`]
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Options may be an instance of a class of the host's, but requests and contexts of frameworks are no options. */
function isPlain(given: object, kinds: OptionKinds): boolean {
  const prototype: unknown = Object.getPrototypeOf(given)
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true
  return Object.keys(given).every((name) => Object.hasOwn(kinds, name))
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value !== 'object') return `a ${typeof value}`
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {}
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `an object of ${name}` : 'an object'
}

function article(kind: Kind): string {
  return kind === 'record' ? 'an object' : kind === 'text or function' || kind === 'text' ? kind : `a ${kind}`
}

function suggestion(name: string, kinds: OptionKinds): string {
  const close = Object.keys(kinds)
    .map((known) => ({ known, distance: distance(name.toLowerCase(), known.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance)[0]
  return close && close.distance <= 2
    ? `; write \`${close.known}\``
    : `; those that there are: ${Object.keys(kinds).join(', ')}`
}

/** Letters to insert, leave out or replace. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
