/**
 * The page: a toolbar, the variables, and a grid of panels.
 *
 * Invariant: everything that is shown follows from the address and the time.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Manifest, ManifestPanel } from '../src/model.ts'
import { parseInstant } from '../src/time-range.ts'
import { periodOf, useAsked, useTicks } from './fetch.ts'
import { type Defaults, useView, type View, zoneOf } from './location.ts'
import { PanelView } from './panel.tsx'
import { formatInstant } from './time.ts'
import { Toolbar } from './toolbar.tsx'
import { VariablePicker } from './variable-picker.tsx'
import { Welcome } from './welcome.tsx'

interface Status {
  readonly calls: number
  readonly lastHour: number | null
}

/** Draws the page for the dashboards that the collector has. */
export function App({
  dashboards,
  defaults,
}: {
  readonly dashboards: readonly Manifest[]
  readonly defaults: Defaults
}) {
  const [view, change] = useView(defaults)
  const dark = useTheme(view.theme)
  const dashboard = dashboards.find(({ uid }) => uid === view.uid)
  const [waiting, setWaiting] = useState(false)
  const [tick, refresh] = useTicks(waiting ? 2_000 : periodOf(view.refresh))
  const status = useAsked<Status>('/api/v1/dashboards/status', tick)
  const isNew = status.data?.calls === 0
  useEffect(() => setWaiting(isNew), [isNew])
  const [zooms, zoom, zoomOut] = useZoom(view, change)
  const zone = zoneOf(view)
  const query = useMemo(() => queryOf(view, zone), [view, zone])
  const range = useMemo(() => rangeQuery(view, zone).toString(), [view, zone])
  if (!dashboard)
    return (
      <main class="lost">
        There is no dashboard “{view.uid}”. <a href="/">Go to the first one.</a>
      </main>
    )
  const api = `/api/v1/dashboards/${dashboard.uid}`
  const pick = (name: string, value: string) => change({ variables: { ...view.variables, [name]: [value] } })
  return (
    <>
      <a class="skip" href="#panels">
        Skip to the panels
      </a>
      <Toolbar
        title={dashboard.title}
        dashboards={dashboards}
        view={view}
        zoomed={zooms > 0}
        onChange={change}
        onRefresh={refresh}
        onZoomOut={zoomOut}
      />
      <main id="panels" tabIndex={-1}>
        {isNew ? (
          <Welcome />
        ) : (
          <>
            <section class="variables" aria-label="Filters">
              {dashboard.variables.map(({ name, label }) => (
                <VariablePicker
                  key={name}
                  name={name}
                  label={label}
                  tick={tick}
                  address={`${api}/variables/${name}/options?${range}`}
                  chosen={view.variables[name] ?? []}
                  onChange={(values) => change({ variables: { ...view.variables, [name]: values } })}
                />
              ))}
            </section>
            <Notice status={status} view={view} zone={zone} onChange={change} />
            <div class="grid">
              {dashboard.panels.map((panel) => (
                <PanelView
                  key={panel.id}
                  panel={panel}
                  address={`${api}/panels/${panel.id}/data?${query}`}
                  tick={tick}
                  zone={zone}
                  dark={dark}
                  onZoom={zoom}
                  onPick={
                    pickable(dashboard, panel) ? (value) => pick(entityOf(panel) ?? '', value) : undefined
                  }
                />
              ))}
            </div>
          </>
        )}
      </main>
    </>
  )
}

/** Says why everything is empty, or that the collector is gone. */
function Notice({
  status,
  view,
  zone,
  onChange,
}: {
  status: { data?: Status | undefined; error?: string | undefined }
  view: View
  zone: string
  onChange: (part: Partial<View>) => void
}) {
  if (status.error) {
    return (
      <p class="notice bad" role="status">
        {status.error}
      </p>
    )
  }
  const last = status.data?.lastHour ?? null
  const now = Date.now()
  const from = parseInstant(view.from, now, zone)
  if (last === null || from === undefined || last + 3_600_000 > from) return null
  return (
    <p class="notice" role="status">
      There are no calls in this range. The last one was in the hour after {formatInstant(last, zone, false)}.
      <button
        type="button"
        class="control"
        onClick={() => onChange({ from: String(last - 23 * 3_600_000), to: String(last + 3_599_999) })}
      >
        Show that day
      </button>
    </p>
  )
}

const entityOf = (panel: ManifestPanel) => ('entity' in panel ? panel.entity : undefined)

function pickable(dashboard: Manifest, panel: ManifestPanel): boolean {
  const entity = entityOf(panel)
  return dashboard.variables.some(({ name }) => name === entity)
}

function rangeQuery(view: View, zone: string): URLSearchParams {
  return new URLSearchParams({ from: view.from, to: view.to, timezone: zone })
}

function queryOf(view: View, zone: string): string {
  const query = rangeQuery(view, zone)
  const width = innerWidth
  query.set('maxDataPoints', width < 600 ? '40' : width < 1_000 ? '80' : '200')
  for (const [name, values] of Object.entries(view.variables))
    for (const value of values) query.append(`var-${name}`, value)
  return query.toString()
}

/** Zooms that can be undone: how many, one more, one less. Escape undoes one, too. */
function useZoom(
  view: View,
  change: (part: Partial<View>) => void,
): [number, (from: number, to: number) => void, () => void] {
  const [before, setBefore] = useState<readonly { from: string; to: string }[]>([])
  const zoom = (from: number, to: number) => {
    if (to - from < 1_000) return
    setBefore([...before, { from: view.from, to: view.to }])
    change({ from: String(from), to: String(to) })
  }
  const out = () => {
    const last = before.at(-1)
    if (!last) return
    setBefore(before.slice(0, -1))
    change(last)
  }
  const latest = useRef(out)
  latest.current = out
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key === 'Escape') latest.current()
    }
    document.addEventListener('keydown', key)
    return () => document.removeEventListener('keydown', key)
  }, [])
  return [before.length, zoom, out]
}

/** Puts the theme on the document; true while it is dark. */
function useTheme(theme: View['theme']): boolean {
  const system = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), [])
  const [systemDark, setSystemDark] = useState(system.matches)
  useEffect(() => {
    const follow = () => setSystemDark(system.matches)
    system.addEventListener('change', follow)
    return () => system.removeEventListener('change', follow)
  }, [system])
  const dark = theme === 'system' ? systemDark : theme === 'dark'
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  return dark
}
