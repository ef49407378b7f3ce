/**
 * What is shown, kept in the address under Grafana's parameter names, so that a link shows the same.
 *
 * Invariant: the address is the only place where it is kept; what a person does makes an entry in the history.
 */
import { useEffect, useState } from 'preact/hooks'
import type { CallQuery, Manifest } from '../src/model.ts'
import { isTimeZone } from '../src/time-range.ts'

/** What the address says. */
export interface View {
  readonly uid: string
  readonly from: string
  readonly to: string
  /** As in the address: `browser`, `utc` or an IANA zone. */
  readonly timezone: string
  /** `30s`, or empty for never. */
  readonly refresh: string
  readonly theme: 'light' | 'dark' | 'system'
  /** Chosen values; a variable that is absent is All. */
  readonly variables: Readonly<Record<string, readonly string[]>>
  /** The one panel that is shown, Grafana's `viewPanel`. */
  readonly panel?: string | undefined
  /** Without toolbar and filters, Grafana's `kiosk`. */
  readonly kiosk: boolean
  /** The list of calls, and what is asked of them; absent while it is closed. */
  readonly calls?: CallQuery | undefined
  /** The call that is looked at: `{trace id}/{span id}@{ms}`. */
  readonly call?: string | undefined
}

/** What an address leaves open: the first dashboard, and of each its range and refresh. */
export type Defaults = readonly Pick<Manifest, 'uid' | 'time' | 'refresh'>[]

const CALL_PARAMETERS = ['from', 'to', 'sort', 'status', 'unpriced', 'usage_source'] as const

const THEME_KEY = 'spanmeter.theme'

/** Reads an address. */
export function readView(url: URL, defaults: Defaults): View {
  const query = url.searchParams
  const theme = query.get('theme') ?? stored(THEME_KEY) ?? 'system'
  const timezone = query.get('timezone') ?? 'browser'
  const variables: Record<string, string[]> = {}
  for (const [key, value] of query) {
    if (!key.startsWith('var-') || value === '$__all' || value === '') continue
    const name = key.slice(4)
    variables[name] = [...(variables[name] ?? []), value]
  }
  const uid = /^\/d\/([^/]+)/.exec(url.pathname)?.[1] ?? defaults[0]?.uid ?? ''
  const usual = usualOf(uid, defaults)
  const calls = query.get('calls')
  return {
    uid,
    from: query.get('from') ?? usual.from,
    to: query.get('to') ?? usual.to,
    timezone: timezone === 'browser' || isTimeZone(timezone) ? timezone : 'browser',
    refresh: query.get('refresh') ?? usual.refresh,
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    variables,
    panel: query.get('viewPanel')?.replace(/^panel-/, '') || undefined,
    kiosk: query.has('kiosk'),
    calls: calls === null ? undefined : callQuery(calls),
    call: query.get('call') ?? undefined,
  }
}

function usualOf(uid: string, defaults: Defaults): { from: string; to: string; refresh: string } {
  const own = defaults.find((each) => each.uid === uid) ?? defaults[0]
  return { from: own?.time.from ?? 'now-24h', to: own?.time.to ?? 'now', refresh: own?.refresh ?? '30s' }
}

/** `sort:-cost,status:error`; what is unknown is left out. */
function callQuery(text: string): CallQuery {
  const given = new Map(text.split(',').map((part) => part.split(':', 2) as [string, string]))
  return Object.fromEntries(
    CALL_PARAMETERS.flatMap((name) => (given.get(name) ? [[name, given.get(name)]] : [])),
  )
}

function callText(query: CallQuery): string {
  return CALL_PARAMETERS.flatMap((name) =>
    query[name] === undefined ? [] : [`${name}:${query[name]}`],
  ).join(',')
}

/** The same view of another dashboard: filters stay, a range too unless it was the usual one. */
export function viewOf(uid: string, view: View, defaults: Defaults): View {
  const [here, there] = [usualOf(view.uid, defaults), usualOf(uid, defaults)]
  const { from, to } = view.from === here.from && view.to === here.to ? there : view
  const refresh = view.refresh === here.refresh ? there.refresh : view.refresh
  return { ...view, uid, from, to, refresh, panel: undefined, calls: undefined, call: undefined }
}

/** The address of a view; what is as usual is left out. */
export function addressOf(view: View, defaults: Defaults): string {
  const query = new URLSearchParams()
  const usual = usualOf(view.uid, defaults)
  if (view.from !== usual.from || view.to !== usual.to) {
    query.set('from', view.from)
    query.set('to', view.to)
  }
  if (view.timezone !== 'browser') query.set('timezone', view.timezone)
  if (view.refresh !== usual.refresh) query.set('refresh', view.refresh)
  for (const [name, values] of Object.entries(view.variables))
    for (const value of values) query.append(`var-${name}`, value)
  if (view.panel) query.set('viewPanel', view.panel)
  if (view.kiosk) query.set('kiosk', '')
  if (view.calls) query.set('calls', callText(view.calls))
  if (view.call) query.set('call', view.call)
  const text = query
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%2F', '/')
    .replaceAll('%40', '@')
  const path = view.uid === defaults[0]?.uid ? '/' : `/d/${encodeURIComponent(view.uid)}`
  return text === '' ? path : `${path}?${text}`
}

/** The IANA zone, or `utc`, that a view is shown in. */
export function zoneOf({ timezone }: View): string {
  if (timezone !== 'browser') return timezone.toLowerCase() === 'utc' ? 'UTC' : timezone
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}

/** The view, and a way to change it that makes an entry in the history. */
export function useView(defaults: Defaults): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(() => readView(new URL(location.href), defaults))
  useEffect(() => {
    const follow = () => setView(readView(new URL(location.href), defaults))
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [defaults])
  const change = (part: Partial<View>) => {
    const next = { ...view, ...part }
    if (part.theme) keep(THEME_KEY, part.theme)
    const address = addressOf(next, defaults)
    if (address !== location.pathname + location.search) history.pushState(null, '', address)
    setView(next)
  }
  return [view, change]
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // The choice then lasts as long as the page.
  }
}
