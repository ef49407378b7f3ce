/**
 * One number and what belongs to it.
 *
 * Invariant: that a number asks for attention is said by a word and a shape, not by its colour alone.
 */
import type { Frame } from '../src/expand/frame.ts'
import type { ManifestPanel, Threshold } from '../src/model.ts'
import { formatChange, formatExact, formatValue } from './format.ts'

/** The panel of one number. */
export type StatPanel = Extract<ManifestPanel, { kind: 'stat' }>

const WORDS = { warning: 'worth a look', critical: 'needs attention' } as const

/** Draws a number with its captions. */
export function Stat({ panel, frame }: { readonly panel: StatPanel; readonly frame: Frame }) {
  const column = (name: string) => frame.fields.find((field) => field.name === name)?.values[0] ?? null
  const value = column(panel.value)
  const level = levelOf(Number(value ?? 0), panel.thresholds ?? [])
  return (
    <div class={`number ${level ?? ''}`}>
      <p class="value" title={formatExact(value, panel.unit)}>
        {formatValue(value, panel.unit)}
        {level && (
          <span class="level" role="img" aria-label={WORDS[level]} title={WORDS[level]}>
            <svg viewBox="0 0 12 12" aria-hidden="true">
              <path d="M6 1 11.4 10.6H.6Z" />
            </svg>
          </span>
        )}
      </p>
      {panel.captions?.map(({ column: name, label, unit }) => {
        const caption = column(name)
        if (caption === null)
          return (
            <p class="caption" key={name}>
              {name === 'change' ? 'nothing in the period before' : `– ${label}`}
            </p>
          )
        return (
          <p class="caption" key={name} title={formatExact(caption, unit)}>
            {label === 'yesterday' || label === 'on course for' || label === 'median' ? (
              <>
                {label} <b>{formatValue(caption, unit)}</b>
              </>
            ) : (
              <>
                <b>{name === 'change' ? formatChange(Number(caption)) : formatValue(caption, unit)}</b>{' '}
                {label}
              </>
            )}
          </p>
        )
      })}
    </div>
  )
}

function levelOf(value: number, thresholds: readonly Threshold[]): Threshold['level'] | undefined {
  return thresholds.findLast((threshold) => value >= threshold.value)?.level
}
