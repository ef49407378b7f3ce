/**
 * What is shown, kept in the address under Grafana's parameter names, so that a link shows the same.
 *
 * Invariant: the address is the only place where it is kept; what a person does makes an entry in the history.
 */
import { useEffect, useState } from 'preact/hooks'
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
}

/** What an address leaves open. */
export interface Defaults {
  readonly uid: string
  readonly from: string
  readonly to: string
  readonly refresh: string
}

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
  return {
    uid: /^\/d\/([^/]+)/.exec(url.pathname)?.[1] ?? defaults.uid,
    from: query.get('from') ?? defaults.from,
    to: query.get('to') ?? defaults.to,
    timezone: timezone === 'browser' || isTimeZone(timezone) ? timezone : 'browser',
    refresh: query.get('refresh') ?? defaults.refresh,
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    variables,
  }
}

/** The address of a view; what is as usual is left out. */
export function addressOf(view: View, defaults: Defaults): string {
  const query = new URLSearchParams()
  if (view.from !== defaults.from || view.to !== defaults.to) {
    query.set('from', view.from)
    query.set('to', view.to)
  }
  if (view.timezone !== 'browser') query.set('timezone', view.timezone)
  if (view.refresh !== defaults.refresh) query.set('refresh', view.refresh)
  for (const [name, values] of Object.entries(view.variables))
    for (const value of values) query.append(`var-${name}`, value)
  const text = query.toString()
  const path = view.uid === defaults.uid ? '/' : `/d/${encodeURIComponent(view.uid)}`
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
