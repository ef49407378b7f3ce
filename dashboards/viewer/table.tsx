/**
 * Rows, sortable by every column.
 *
 * Invariant: sorting never mixes numbers with their text: amounts sort by amount.
 */
import { useState } from 'preact/hooks'
import type { Field, Frame, Value } from '../src/expand/frame.ts'
import type { Column, Tone } from '../src/model.ts'
import { formatChange, formatExact, formatValue } from './format.ts'
import { formatInstant } from './time.ts'

interface TableProps {
  readonly title: string
  readonly columns: readonly Column[]
  readonly frame: Frame
  readonly zone: string
  readonly onChoose?: (variable: string, value: string) => void
  readonly onCall?: (id: string, at: number) => void
}

/** Draws a frame as a table. */
export function Table({ title, columns, frame, zone, onChoose, onCall }: TableProps) {
  const [sort, setSort] = useState<{ name: string; down: boolean } | undefined>()
  const field = (name: string) => frame.fields.find((candidate) => candidate.name === name)
  const count = frame.fields[0]?.values.length ?? 0
  const rows = Array.from({ length: count }, (_, index) => index)
  const by = sort && field(sort.name)
  if (by) rows.sort((a, b) => compare(by, a, b) * (sort.down ? -1 : 1))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" aria-label={`${title}, table`} tabIndex={0}>
      <table class="rows">
        <caption class="unseen">{title}</caption>
        <thead>
          <tr>
            {columns.map(({ name, title: head, unit, wide }) => {
              const active = sort?.name === name
              return (
                <th
                  key={name}
                  scope="col"
                  class={unit ? 'number' : wide ? 'wide' : ''}
                  aria-sort={active ? (sort.down ? 'descending' : 'ascending') : undefined}
                >
                  <button
                    type="button"
                    onClick={() => setSort({ name, down: active ? !sort.down : unit !== undefined })}
                  >
                    {head}
                    <span aria-hidden="true">{active ? (sort.down ? '↓' : '↑') : ''}</span>
                  </button>
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              {columns.map((column) => (
                <Cell
                  key={column.name}
                  {...{ column, row, zone, onChoose }}
                  field={field(column.name)}
                  barTone={toneOf(columns, field, column.barTone, row)}
                  onCall={
                    onCall && column.opens
                      ? (id) => onCall(id, Number(field('time')?.values[row] ?? 0))
                      : undefined
                  }
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface CellProps {
  readonly column: Column
  readonly field: Field | undefined
  readonly barTone?: Tone | undefined
  readonly row: number
  readonly zone: string
  readonly onChoose?: TableProps['onChoose']
  readonly onCall?: ((id: string) => void) | undefined
}

function Cell({ column, field, barTone, row, zone, onChoose, onCall }: CellProps) {
  const value = field?.values[row] ?? null
  if (field?.type === 'time')
    return <td class="time">{value === null ? '–' : formatInstant(Number(value), zone)}</td>
  if (onCall && value)
    return (
      <td>
        <button type="button" class="link" onClick={() => onCall(String(value))}>
          Details
        </button>
      </td>
    )
  const { entity } = column
  if (entity && onChoose && isName(value))
    return (
      <td>
        <button
          type="button"
          class="link"
          title={`Show only ${value}`}
          onClick={() => onChoose(entity, String(value))}
        >
          {value}
        </button>
      </td>
    )
  if (!column.unit)
    return (
      <td class={column.wide ? 'wide' : ''} title={String(value ?? '')}>
        <Word {...{ column, value }} />
      </td>
    )
  // a share is of one whole, however much more than that some are
  const most = column.unit === 'percent' ? 1 : Math.max(0, ...(field?.values ?? []).map(Number))
  return (
    <td class="number" title={formatExact(value, column.unit)}>
      {column.bar && (
        <span class={`bar ${barTone === undefined ? '' : `is-${barTone}`}`} aria-hidden="true">
          {Number(value) > 0 && <i style={{ width: `${Math.min(Number(value) / most, 1) * 100}%` }} />}
        </span>
      )}
      <span class={column.bar ? 'beside' : ''}>
        {column.signed && value !== null ? formatChange(Number(value)) : formatValue(value, column.unit)}
      </span>
    </td>
  )
}

function Word({ column, value }: { readonly column: Column; readonly value: Value }) {
  if (value === '' || value === null) return <span class="none">–</span>
  const tone = column.tones?.[String(value)]
  return <span class={tone === undefined ? '' : `chip is-${tone}`}>{value}</span>
}

/** The tone of the word that another column has in the same row. */
function toneOf(
  columns: readonly Column[],
  field: (name: string) => Field | undefined,
  name: string | undefined,
  row: number,
): Tone | undefined {
  const column = columns.find((one) => one.name === name)
  return column?.tones?.[String(field(column.name)?.values[row] ?? '')]
}

/** True for what a filter can be set to: not for `no tenant` and `unknown`. */
function isName(value: Value): boolean {
  return value !== null && value !== '' && value !== 'unknown' && !String(value).startsWith('no ')
}

function compare(field: Field, a: number, b: number): number {
  const [left, right] = [field.values[a] ?? null, field.values[b] ?? null] as [Value, Value]
  if (left === null || right === null) return Number(left !== null) - Number(right !== null)
  if (field.type === 'string') return String(left).localeCompare(String(right))
  return Number(left) - Number(right)
}
