/**
 * Where there is no room for the twenty-four columns of a dashboard: twelve, filled in the order of the panels.
 *
 * Invariant: every row is filled to its end.
 */
import type { ManifestPanel } from '../src/model.ts'

const COLUMNS = 12

/** How many of the twelve columns each panel takes. */
export function narrowSpans(panels: readonly Pick<ManifestPanel, 'kind' | 'gridPos'>[]): number[] {
  const spans: number[] = []
  let used = 0
  for (const panel of panels) {
    const wanted = wantedSpan(panel)
    if (used + wanted > COLUMNS) {
      fillRow()
      used = 0
    }
    spans.push(wanted)
    used += wanted
  }
  fillRow()
  return spans

  function fillRow(): void {
    const last = spans.length - 1
    if (last >= 0) spans[last] = (spans[last] ?? 0) + COLUMNS - used
  }
}

/** Numbers keep their place beside each other; a chart, a table and a ranking need half of the width at least. */
function wantedSpan({ kind, gridPos: { w } }: Pick<ManifestPanel, 'kind' | 'gridPos'>): number {
  if (kind === 'stat') return w === 4 || w === 6 ? (w === 4 ? 4 : 3) : COLUMNS
  return w <= 8 ? 6 : COLUMNS
}
