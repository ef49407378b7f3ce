/**
 * Parts of a whole: a ring, and a ranking with bars.
 *
 * Invariant: every part is named with its value in words; the drawing only repeats it.
 */
import type { Frame } from '../src/expand/frame.ts'
import type { ManifestPanel } from '../src/model.ts'
import { colorOf } from './colors.ts'
import { formatExact, formatValue } from './format.ts'

/** The panel of a ring or a ranking. */
export type SharePanel = Extract<ManifestPanel, { kind: 'piechart' | 'bargauge' }>

interface ShareProps {
  readonly panel: SharePanel
  readonly frame: Frame
  readonly dark: boolean
  readonly onPick?: ((name: string) => void) | undefined
}

interface Part {
  readonly name: string
  readonly value: string | number
  readonly size: number
  readonly color: string
}

function partsOf({ panel, frame, dark }: ShareProps): Part[] {
  const labels = frame.fields.find(({ name }) => name === panel.label)?.values ?? []
  const values = frame.fields.find(({ name }) => name === panel.value)?.values ?? []
  return labels.map((label, index) => {
    const name = String(label)
    const value = values[index] ?? 0
    return {
      name,
      value,
      size: Number(value),
      color: colorOf(panel.entity ?? `panel-${panel.id}`, name, dark),
    }
  })
}

const percent = (share: number) => formatValue(Number.isFinite(share) ? share : 0, 'percent')

/** A ring with the total inside. */
export function Ring(props: ShareProps) {
  const { panel } = props
  const parts = partsOf(props)
  const total = parts.reduce((sum, { size }) => sum + size, 0)
  const gap = parts.length > 1 ? 0.6 : 0
  let before = 0
  return (
    <div class="ring">
      <svg viewBox="0 0 42 42" aria-hidden="true">
        {parts.map(({ name, size, color }) => {
          const length = (size / total) * 100
          const offset = -before
          before += length
          return (
            <circle
              key={name}
              cx="21"
              cy="21"
              r="15.915"
              pathLength="100"
              stroke={color}
              stroke-dasharray={`${Math.max(length - gap, 0.2)} 100`}
              stroke-dashoffset={String(offset)}
              transform="rotate(-90 21 21)"
            />
          )
        })}
        <text x="21" y="21.6" text-anchor="middle" class="ring-total">
          {formatValue(total, panel.unit)}
        </text>
        <text x="21" y="25.6" text-anchor="middle" class="ring-word">
          total
        </text>
      </svg>
      <ul class="parts">
        {parts.map((part) => (
          <li key={part.name}>
            <Name part={part} onPick={props.onPick} />
            <span class="share">{percent(part.size / total)}</span>
            <b title={formatExact(part.value, panel.unit)}>{formatValue(part.value, panel.unit)}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** A ranking: a bar a row, relative to the largest. */
export function Ranking(props: ShareProps) {
  const { panel } = props
  const parts = partsOf(props)
  // Shares are of one whole each: they neither add up nor compare with the largest.
  const shares = panel.unit === 'percent'
  const most = shares ? 1 : Math.max(...parts.map(({ size }) => size), 0)
  const total = parts.reduce((sum, { size }) => sum + size, 0)
  const single = panel.entity !== undefined && panel.entity !== 'provider' && panel.entity !== 'model'
  return (
    <ul class="ranking">
      {parts.map((part) => (
        <li key={part.name}>
          <Name part={single ? { ...part, color: '' } : part} onPick={props.onPick} />
          <b title={formatExact(part.value, panel.unit)}>{formatValue(part.value, panel.unit)}</b>
          {!shares && <span class="share">{percent(part.size / total)}</span>}
          <span class="bar" aria-hidden="true">
            <i
              style={{
                width: `${most > 0 ? (part.size / most) * 100 : 0}%`,
                background: single ? 'var(--accent)' : part.color,
              }}
            />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Name({ part, onPick }: { part: Part; onPick?: ShareProps['onPick'] }) {
  const mark = part.color !== '' && <i class="bars" style={{ background: part.color }} />
  if (!onPick || part.name.startsWith('no ') || part.name === 'unknown') {
    return (
      <span class="name" title={part.name}>
        {mark}
        <span>{part.name}</span>
      </span>
    )
  }
  return (
    <button type="button" class="name" title={`Show only ${part.name}`} onClick={() => onPick(part.name)}>
      {mark}
      <span>{part.name}</span>
    </button>
  )
}
