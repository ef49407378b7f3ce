/**
 * Chooses the range and the zone.
 *
 * Invariant: what it shows and takes is in the chosen zone.
 */
import { useState } from 'preact/hooks'
import { parseInstant } from '../src/time-range.ts'
import { Icon } from './icons.tsx'
import { type View, zoneOf } from './location.ts'
import { Popover } from './popover.tsx'
import { formatField, parseField } from './time.ts'

const QUICK: readonly (readonly [string, string, string])[] = [
  ['Last 15 minutes', 'now-15m', 'now'],
  ['Last hour', 'now-1h', 'now'],
  ['Last 6 hours', 'now-6h', 'now'],
  ['Last 24 hours', 'now-24h', 'now'],
  ['Last 7 days', 'now-7d', 'now'],
  ['Last 30 days', 'now-30d', 'now'],
  ['Last 90 days', 'now-90d', 'now'],
  ['Today so far', 'now/d', 'now'],
  ['Yesterday', 'now-1d/d', 'now-1d/d'],
  ['This week so far', 'now/w', 'now'],
  ['This month so far', 'now/M', 'now'],
  ['Previous month', 'now-1M/M', 'now-1M/M'],
]

/** What a range is called. */
function rangeName({ from, to }: Pick<View, 'from' | 'to'>, zone: string): string {
  const quick = QUICK.find(([, start, end]) => start === from && end === to)
  if (quick) return quick[0]
  const [start, end] = [from, to].map((text) => (/^\d+$/.test(text) ? formatField(Number(text), zone) : text))
  return start?.slice(0, 10) === end?.slice(0, 10) ? `${start} – ${end?.slice(11)}` : `${start} – ${end}`
}

interface RangePickerProps {
  readonly view: View
  readonly onChange: (part: Partial<View>) => void
}

/** The button and its sheet. */
export function RangePicker({ view, onChange }: RangePickerProps) {
  const zone = zoneOf(view)
  return (
    <Popover
      name="Time range"
      align="end"
      label={
        <>
          <Icon name="clock" />
          <span class="range-name">{rangeName(view, zone)}</span>
          <span class="zone">{zone.replaceAll('_', ' ')}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => (
        <div class="range">
          <ul aria-label="Quick ranges">
            {QUICK.map(([name, from, to]) => (
              <li key={name}>
                <button
                  type="button"
                  aria-pressed={view.from === from && view.to === to}
                  onClick={() => {
                    onChange({ from, to })
                    close()
                  }}
                >
                  {name}
                </button>
              </li>
            ))}
          </ul>
          <Absolute key={`${view.from} ${view.to} ${zone}`} {...{ view, zone, onChange, close }} />
        </div>
      )}
    </Popover>
  )
}

function Absolute({ view, zone, onChange, close }: RangePickerProps & { zone: string; close: () => void }) {
  const shown = (text: string) => (/^\d+$/.test(text) ? formatField(Number(text), zone) : text)
  const [from, setFrom] = useState(shown(view.from))
  const [to, setTo] = useState(shown(view.to))
  const [fault, setFault] = useState('')
  const read = (text: string, end: boolean) => {
    const trimmed = text.trim()
    if (trimmed.startsWith('now')) return { text: trimmed, at: parseInstant(trimmed, Date.now(), zone, end) }
    const at = parseField(trimmed, zone)
    return { text: String(at), at }
  }
  const apply = (event: Event) => {
    event.preventDefault()
    const [start, end] = [read(from, false), read(to, true)]
    if (start.at === undefined) return setFault('“From” is no time; write 2026-11-21 14:00 or now-6h.')
    if (end.at === undefined) return setFault('“To” is no time; write 2026-11-21 18:00 or now.')
    if (start.at >= end.at) return setFault('“From” must be before “To”.')
    onChange({ from: start.text, to: end.text })
    close()
  }
  return (
    <form onSubmit={apply} novalidate>
      <label>
        From
        <input
          data-first
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
          spellcheck={false}
          autocomplete="off"
        />
      </label>
      <label>
        To
        <input
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
          spellcheck={false}
          autocomplete="off"
        />
      </label>
      {fault && <p role="alert">{fault}</p>}
      <button type="submit" class="primary">
        Apply
      </button>
      <label>
        Time zone
        <select value={view.timezone} onChange={(event) => onChange({ timezone: event.currentTarget.value })}>
          <option value="browser">Browser ({Intl.DateTimeFormat().resolvedOptions().timeZone})</option>
          <option value="utc">UTC</option>
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name} value={name}>
              {name.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <p class="hint">Or drag across a chart. Esc goes back.</p>
    </form>
  )
}
