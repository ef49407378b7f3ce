/**
 * How a panel looks in Grafana: its type, its fields and its options.
 *
 * Invariant: a unit means the same here as on the page, and an empty panel says why it is empty.
 */
import type { Column, Panel, Threshold, Tone, Unit } from '../model.ts'

const UNITS: Readonly<Record<Unit, string>> = {
  usd: 'currencyUSD',
  count: 'short',
  amount: 'short',
  tokens: 'short',
  percent: 'percentunit',
  seconds: 's',
  bytes: 'bytes',
  rate: 'short',
  none: 'none',
}
const LEVELS = { warning: 'orange', critical: 'red' } as const
const TONES: Readonly<Record<Tone, string>> = {
  quiet: 'gray',
  info: 'blue',
  good: 'green',
  warning: 'orange',
  critical: 'red',
  lapsed: 'purple',
}
const TOOLTIP = { mode: 'multi', sort: 'desc' } as const
const COLUMNS_AS_THEY_ARE = { values: true, calcs: [], fields: '' } as const

/** The part of a panel's JSON that depends on its kind. */
export function appearance(panel: Panel): {
  type: string
  fieldConfig: { defaults: object; overrides: Override[] }
  options: Record<string, unknown>
} {
  switch (panel.kind) {
    case 'stat':
      return {
        type: 'stat',
        fieldConfig: {
          defaults: {
            ...defaults(panel),
            thresholds: steps(panel),
            color: {
              mode: panel.thresholds ? 'thresholds' : 'fixed',
              ...(panel.thresholds ? {} : { fixedColor: 'text' }),
            },
          },
          overrides: (panel.captions ?? []).map(({ column, label, unit }) =>
            override(column, {
              unit: UNITS[unit],
              displayName: label,
              color: { mode: 'fixed', fixedColor: 'text' },
            }),
          ),
        },
        options: {
          // The number and its captions, each with its name.
          reduceOptions: COLUMNS_AS_THEY_ARE,
          textMode: 'value_and_name',
          colorMode: 'value',
          graphMode: 'none',
          justifyMode: 'auto',
          orientation: 'vertical',
          wideLayout: true,
          showPercentChange: false,
          percentChangeColorMode: 'standard',
        },
      }
    case 'timeseries':
      return {
        type: 'timeseries',
        fieldConfig: {
          defaults: {
            ...defaults(panel),
            min: 0,
            color: { mode: 'palette-classic-by-name' },
            custom: lines(panel),
            ...(panel.series ? {} : { displayName: '$' + '{__field.labels.series}' }),
          },
          overrides: (panel.series ?? []).map(({ name, title }) => override(name, { displayName: title })),
        },
        options: {
          legend: {
            displayMode: 'list',
            placement: 'bottom',
            showLegend: true,
            calcs: panel.stacked ? ['sum'] : [],
          },
          tooltip: TOOLTIP,
        },
      }
    case 'piechart':
      return {
        type: 'piechart',
        fieldConfig: {
          defaults: { ...defaults(panel), color: { mode: 'palette-classic-by-name' } },
          overrides: [],
        },
        options: {
          pieType: 'donut',
          orientation: 'auto',
          sort: 'desc',
          reduceOptions: COLUMNS_AS_THEY_ARE,
          displayLabels: [],
          legend: {
            displayMode: 'table',
            placement: 'bottom',
            showLegend: true,
            values: ['value', 'percent'],
            calcs: [],
          },
          tooltip: TOOLTIP,
        },
      }
    case 'bargauge':
      return {
        type: 'bargauge',
        fieldConfig: {
          defaults: { ...defaults(panel), min: 0, color: { mode: 'fixed', fixedColor: 'blue' } },
          overrides: [],
        },
        options: {
          reduceOptions: COLUMNS_AS_THEY_ARE,
          orientation: 'horizontal',
          displayMode: 'basic',
          showUnfilled: true,
          valueMode: 'text',
          namePlacement: 'top',
          sizing: 'manual',
          minVizHeight: 16,
          minVizWidth: 8,
          maxVizHeight: 28,
          legend: { displayMode: 'list', placement: 'bottom', showLegend: false, calcs: [] },
        },
      }
    case 'table':
      return {
        type: 'table',
        fieldConfig: {
          defaults: { ...defaults(panel), custom: { align: 'auto', inspect: false } },
          overrides: panel.columns.map(columnOverride),
        },
        options: { frameIndex: 0, showHeader: true, cellHeight: 'sm' },
      }
    case 'text':
      return {
        type: 'text',
        fieldConfig: { defaults: {}, overrides: [] },
        options: { mode: 'markdown', content: panel.text },
      }
  }
}

interface Override {
  matcher: { id: string; options: string }
  properties: { id: string; value: unknown }[]
}

function override(name: string, properties: Readonly<Record<string, unknown>>): Override {
  return {
    matcher: { id: 'byName', options: name },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  }
}

function columnOverride({ name, title, unit, bar, thresholds, tones }: Column): Override {
  return override(name, {
    displayName: title,
    ...(unit ? { unit: UNITS[unit] } : {}),
    ...(bar ? { 'custom.cellOptions': { type: 'gauge', mode: 'basic' }, min: 0 } : {}),
    ...(thresholds
      ? { max: 1, color: { mode: 'thresholds' }, thresholds: steps({ thresholds }, 'blue') }
      : {}),
    ...(tones ? { 'custom.cellOptions': { type: 'color-text' }, mappings: mappings(tones) } : {}),
  })
}

function defaults({ unit, decimals, empty }: Panel) {
  return { unit: UNITS[unit], noValue: empty, ...(decimals === undefined ? {} : { decimals }) }
}

function mappings(tones: Readonly<Record<string, Tone>>) {
  const options = Object.entries(tones).map(([word, tone], index) => [word, { color: TONES[tone], index }])
  return [{ type: 'value', options: Object.fromEntries(options) }]
}

function steps(
  { thresholds = [] }: { readonly thresholds?: readonly Threshold[] | undefined },
  below = 'text',
) {
  const first: { value: number | null; color: string } = { value: null, color: below }
  return {
    mode: 'absolute',
    steps: [first, ...thresholds.map(({ value, level }) => ({ value, color: LEVELS[level] }))],
  }
}

function lines({ draw, stacked }: Extract<Panel, { kind: 'timeseries' }>) {
  return {
    drawStyle: draw === 'bars' ? 'bars' : 'line',
    // A bucket is named by its start, so its bar stands to the right of it.
    barAlignment: 1,
    barWidthFactor: 0.85,
    lineWidth: draw === 'bars' ? 0 : 2,
    fillOpacity: draw === 'line' ? 0 : draw === 'bars' ? 90 : 60,
    showPoints: 'never',
    spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
  }
}
