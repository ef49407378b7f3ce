/**
 * The page: a toolbar, the variables, and a grid of panels.
 *
 * Invariant: everything that is shown follows from the address and the time.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Manifest, ManifestPanel } from '../src/model.ts'
import { Call } from './call.tsx'
import { Calls } from './calls.tsx'
import { Drawer } from './drawer.tsx'
import { periodOf, useAsked, useTicks } from './fetch.ts'
import { Icon } from './icons.tsx'
import { narrowSpans } from './layout.ts'
import { addressOf, useView, type View, viewOf, zoneOf } from './location.ts'
import { Notice, rangeFault, type Status } from './notice.tsx'
import { PanelView } from './panel.tsx'
import { Tabs } from './tabs.tsx'
import { Toolbar } from './toolbar.tsx'
import { VariablePicker } from './variable-picker.tsx'
import { Welcome } from './welcome.tsx'

/** Draws the page for the dashboards that the collector has; `first` is its status where it is known already. */
export function App({
  dashboards,
  first,
}: {
  readonly dashboards: readonly Manifest[]
  readonly first?: Status | undefined
}) {
  const [view, change] = useView(dashboards)
  const dark = useTheme(view.theme)
  const dashboard = dashboards.find(({ uid }) => uid === view.uid)
  const [waiting, setWaiting] = useState(false)
  const [tick, refresh] = useTicks(waiting ? 2_000 : periodOf(view.refresh))
  const status = useAsked<Status>('/api/v1/dashboards/status', tick)
  const isNew = (status.data ?? first)?.calls === 0 && dashboard?.variables.length !== 0
  useEffect(() => setWaiting(isNew), [isNew])
  const [zooms, zoom, zoomOut] = useZoom(view, change)
  const zone = zoneOf(view)
  const query = queryOf(view, zone, dashboard)
  const range = rangeQuery(view, zone).toString()
  if (!dashboard)
    return (
      <main class="lost">
        There is no dashboard “{view.uid}”. <a href="/">Go to the first one.</a>
      </main>
    )
  const alone = dashboard.panels.some(({ id }) => String(id) === view.panel)
  const shown = alone ? dashboard.panels.filter(({ id }) => String(id) === view.panel) : dashboard.panels
  const filtered = dashboard.variables.some(({ name }) => (view.variables[name]?.length ?? 0) > 0)
  const fault = rangeFault(view, Date.now(), zone)
  const spans = narrowSpans(shown)
  const api = `/api/v1/dashboards/${dashboard.uid}`
  const pick = (name: string, value: string) => change({ variables: { ...view.variables, [name]: [value] } })
  return (
    <>
      <a class="skip" href="#panels">
        Skip to the panels
      </a>
      {!view.kiosk && (
        <div class="top">
          <Toolbar
            title={dashboard.title}
            view={view}
            zoomed={zooms > 0}
            onChange={change}
            onRefresh={refresh}
            onZoomOut={zoomOut}
          />
          <Tabs
            dashboards={dashboards}
            view={view}
            addressOf={(uid) => addressOf(viewOf(uid, view, dashboards), dashboards)}
            onPick={(uid) => change(viewOf(uid, view, dashboards))}
          />
        </div>
      )}
      <main id="panels" tabIndex={-1}>
        {isNew ? (
          <Welcome />
        ) : (
          <>
            <section class="variables" aria-label="Filters" hidden={view.kiosk}>
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
              {dashboard.variables.length > 0 && (
                <button
                  type="button"
                  class="control"
                  onClick={() => change({ calls: { sort: '-timestamp' } })}
                >
                  <Icon name="list" />
                  Calls
                </button>
              )}
            </section>
            {fault && (
              <p class="notice bad" role="status">
                {fault} Choose a range above.
              </p>
            )}
            <Notice status={status} view={view} zone={zone} onChange={change} />
            <div class="grid">
              {(fault ? [] : shown).map((panel, index) => (
                <PanelView
                  key={`${dashboard.uid} ${panel.id}`}
                  panel={panel}
                  address={`${api}/panels/${panel.id}/data?${query}`}
                  tick={tick}
                  zone={zone}
                  dark={dark}
                  onZoom={zoom}
                  onChoose={pick}
                  onCalls={panel.calls && (() => change({ calls: panel.calls }))}
                  onCall={(id, at) => change({ call: `${id}@${at}` })}
                  onExpand={() => change({ panel: alone ? undefined : String(panel.id) })}
                  alone={alone}
                  filtered={filtered}
                  span={spans[index] ?? 12}
                  onPick={
                    pickable(dashboard, panel) ? (value) => pick(entityOf(panel) ?? '', value) : undefined
                  }
                />
              ))}
            </div>
          </>
        )}
      </main>
      <Details view={view} zone={zone} onChange={change} />
    </>
  )
}

/** The calls behind a number, and one of them. */
function Details({
  view,
  zone,
  onChange,
}: {
  view: View
  zone: string
  onChange: (part: Partial<View>) => void
}) {
  const close = () => onChange({ calls: undefined, call: undefined })
  if (view.call !== undefined) {
    const [id = '', at = ''] = view.call.split('@')
    return (
      <Drawer
        key="call"
        title="One call"
        onBack={view.calls && (() => onChange({ call: undefined }))}
        onClose={close}
      >
        <Call id={id} at={at} zone={zone} />
      </Drawer>
    )
  }
  if (view.calls === undefined) return null
  return (
    <Drawer key="calls" title="Calls" onClose={close}>
      <Calls
        view={view}
        query={view.calls}
        onChange={(calls) => onChange({ calls })}
        onOpen={({ trace_id, span_id, timestamp }) =>
          onChange({ call: `${trace_id}/${span_id}@${Date.parse(timestamp)}` })
        }
      />
    </Drawer>
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

function queryOf(view: View, zone: string, dashboard: Manifest | undefined): string {
  const known = new Set(dashboard?.variables.map(({ name }) => name))
  const query = rangeQuery(view, zone)
  const width = innerWidth
  query.set('maxDataPoints', width < 600 ? '40' : width < 1_000 ? '80' : '200')
  for (const [name, values] of Object.entries(view.variables))
    if (known.has(name)) for (const value of values) query.append(`var-${name}`, value)
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
