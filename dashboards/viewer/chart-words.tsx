/**
 * What stands beside a chart: its legend, and what a bucket holds, to be seen and to be read out.
 *
 * Invariant: the words of a bucket are those of its tooltip.
 */
import type { ChartData, ChartPanel } from './chart-data.ts'
import { markOf } from './colors.ts'
import { formatExact, formatValue } from './format.ts'

/** Names and colours of the series; a press on one shows it alone. */
export function Legend({
  panel,
  data,
  colors,
  onPick,
}: {
  panel: ChartPanel
  data: ChartData
  colors: string[]
  onPick?: ((name: string) => void) | undefined
}) {
  return (
    <ul class="legend">
      {data.series.map(({ name, title, total }, index) => {
        const content = (
          <>
            <i
              class={panel.draw}
              style={{ background: panel.draw === 'line' ? markOf(colors[index], index) : colors[index] }}
            />
            <span>{title}</span>
            {panel.stacked && <b>{formatValue(total, panel.unit)}</b>}
          </>
        )
        return (
          <li key={name}>
            {onPick && name !== 'Other' && name !== 'unknown' ? (
              <button type="button" title={`Show only ${title}`} onClick={() => onPick(name)}>
                {content}
              </button>
            ) : (
              <span class="entry">{content}</span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

interface BucketRow {
  readonly title: string
  readonly value: string | number | null
  /** Place of the series. */
  readonly place: number
}

/** The series that have something in a bucket, the uppermost first, and their total where they are parts of a whole. */
function bucketOf(
  panel: ChartPanel,
  { series }: ChartData,
  index: number,
): { rows: BucketRow[]; total?: number } {
  const rows = series
    .map(({ title, values }, place) => ({ title, value: values[index] ?? null, place }))
    .filter(({ value }) => value !== null && (!panel.stacked || Number(value) !== 0))
  if (!panel.stacked) return { rows }
  rows.reverse()
  const total = rows.reduce((sum, { value }) => sum + Number(value), 0)
  return rows.length === 1 ? { rows } : { rows, total }
}

const amount = (panel: ChartPanel, value: string | number | null) =>
  panel.unit === 'usd' ? trim(value) : formatExact(value, panel.unit)

/** A bucket in words. */
export function wordsOf(panel: ChartPanel, data: ChartData, index: number, when: string): string {
  const { rows, total } = bucketOf(panel, data, index)
  const parts = rows.map(({ title, value }) => `${title} ${amount(panel, value)}`)
  if (total !== undefined) parts.push(`total ${amount(panel, total)}`)
  return `${when}: ${rows.length === 0 ? 'nothing' : parts.join(', ')}`
}

interface TooltipProps {
  panel: ChartPanel
  data: ChartData
  colors: readonly string[]
  hover: { index: number; left: number }
  /** The bucket in words. */
  when: string
  width: number
}

/** What a bucket holds, beside the pointer. */
export function Tooltip({ panel, data, colors, hover, when, width }: TooltipProps) {
  const { rows, total } = bucketOf(panel, data, hover.index)
  const side =
    hover.left > width / 2 ? { right: `${width - hover.left + 14}px` } : { left: `${hover.left + 14}px` }
  return (
    <div class="tooltip" style={side}>
      <p>{when}</p>
      <table>
        <tbody>
          {rows.map(({ title, value, place }) => (
            <tr key={title}>
              <th>
                <i style={{ background: colors[place] }} />
                {title}
              </th>
              <td>{amount(panel, value)}</td>
            </tr>
          ))}
          {total !== undefined && (
            <tr class="total">
              <th>Total</th>
              <td>{amount(panel, total)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

/** Amounts of a bucket: six decimals are a ten-thousandth of a cent. */
function trim(value: string | number | null): string {
  return formatExact(typeof value === 'string' ? value : Number(value).toFixed(6), 'usd')
}

/** A chart in a sentence. */
export function summaryOf(panel: ChartPanel, { series }: ChartData): string {
  const parts = series.slice(0, 4).map(({ title, total, values }) => {
    const last = values.findLast((value) => value !== null)
    return `${title} ${formatValue(panel.stacked ? total : last, panel.unit)}`
  })
  return `Chart: ${panel.title}. ${panel.stacked ? 'Totals' : 'Latest values'}: ${parts.join(', ')}${series.length > 4 ? ', and more' : ''}.`
}
