/**
 * The bar at the top: where one is, which range, how often, and how it looks.
 *
 * Invariant: every control has a name that can be read out, and is a native one where there is one.
 */
import { BRAND } from '../src/page/brand.ts'
import { Icon } from './icons.tsx'
import type { View } from './location.ts'
import { RangePicker } from './range-picker.tsx'

const REFRESHES = ['', '5s', '10s', '30s', '1m', '5m', '15m', '1h']
const NEXT_THEME = { system: 'light', light: 'dark', dark: 'system' } as const
const THEME_NAME = { system: 'as the system', light: 'light', dark: 'dark' } as const

interface ToolbarProps {
  readonly title: string
  readonly view: View
  readonly zoomed: boolean
  readonly onChange: (part: Partial<View>) => void
  readonly onRefresh: () => void
  readonly onZoomOut: () => void
}

/** Draws the bar. */
export function Toolbar({ title, view, zoomed, onChange, onRefresh, onZoomOut }: ToolbarProps) {
  return (
    <header class="toolbar">
      <a class="brand" href="/" aria-label="Spanmeter">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d={BRAND} />
        </svg>
        <span>Spanmeter</span>
      </a>
      <h1>{title}</h1>
      <span class="space" />
      {zoomed && (
        <button type="button" class="control" onClick={onZoomOut} title="Back to the range before (Esc)">
          <Icon name="out" />
          Zoom out
        </button>
      )}
      <RangePicker view={view} onChange={onChange} />
      <div class="joined">
        <button
          type="button"
          class="control"
          onClick={onRefresh}
          aria-label="Refresh now"
          title="Refresh now"
        >
          <Icon name="refresh" />
        </button>
        <select
          class="control"
          aria-label="Refresh every"
          value={view.refresh}
          onChange={(event) => onChange({ refresh: event.currentTarget.value })}
        >
          {[...new Set([...REFRESHES, view.refresh])].map((value) => (
            <option key={value} value={value}>
              {value === '' ? 'Off' : value}
            </option>
          ))}
        </select>
      </div>
      <button
        type="button"
        class="control theme"
        onClick={() => onChange({ theme: NEXT_THEME[view.theme] })}
        aria-label={`Theme: ${THEME_NAME[view.theme]}. Change to ${THEME_NAME[NEXT_THEME[view.theme]]}`}
        title={`Theme: ${THEME_NAME[view.theme]}`}
      >
        <Icon name={view.theme} />
      </button>
    </header>
  )
}
