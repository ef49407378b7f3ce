/**
 * Colours of series: one per thing, the same in every panel and after a reload.
 *
 * Invariant: within a kind of thing no colour is used twice before all are used, and every colour has a
 * contrast of 3:1 or more with the panel in its theme. Told apart by lightness too, not by hue alone.
 */

const COLORS: readonly { readonly light: string; readonly dark: string }[] = [
  { light: '#3b5bdb', dark: '#6f8dff' },
  { light: '#d9622b', dark: '#ff9a5c' },
  { light: '#0b8f83', dark: '#35c9b5' },
  { light: '#8e3bb0', dark: '#cf8bef' },
  { light: '#a87900', dark: '#f0c44c' },
  { light: '#1c7fc4', dark: '#5cc3ff' },
  { light: '#c2255c', dark: '#ff7aa5' },
  { light: '#4c7a1f', dark: '#a2d45e' },
  { light: '#5f5478', dark: '#b3a8cf' },
]
const OTHER = { light: '#868e9c', dark: '#7d8796' }
const GOOD = COLORS[0]
const BAD = COLORS[6]

/** Series that mean the same everywhere. */
const FIXED: Readonly<Record<string, { light: string; dark: string } | undefined>> = {
  Other: OTHER,
  unknown: OTHER,
  'no tenant': OTHER,
  'no feature': OTHER,
  Succeeded: GOOD,
  Failed: BAD,
  'Failed, nothing to bill': BAD,
  Missing: COLORS[4],
  Critical: BAD,
  Warning: COLORS[4],
  Info: GOOD,
  'Reported by the provider': COLORS[2],
}
/** So that a provider looks the same on every installation. */
const FIRST: Readonly<Record<string, number>> = {
  openai: 2,
  anthropic: 1,
  google: 0,
  mistral: 4,
  aws: 3,
  azure: 5,
}

const KEY = 'spanmeter.colors'
const assigned: Record<string, Record<string, number>> = load()

/** The colour of a thing; `entity` is its kind, `dark` the theme. */
export function colorOf(entity: string, name: string, dark: boolean): string {
  const color = FIXED[name] ?? COLORS[slot(entity, name)] ?? OTHER
  return dark ? color.dark : color.light
}

function slot(entity: string, name: string): number {
  let names = assigned[entity]
  if (!names) {
    names = {}
    assigned[entity] = names
  }
  const known = names[name]
  if (known !== undefined) return known
  const uses = COLORS.map((_, index) => Object.values(names).filter((used) => used === index).length)
  const wanted = entity === 'provider' ? FIRST[name] : undefined
  const next = wanted ?? uses.indexOf(Math.min(...uses))
  names[name] = next
  save()
  return next
}

function load(): Record<string, Record<string, number>> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof stored === 'object' && stored !== null
      ? (stored as Record<string, Record<string, number>>)
      : {}
  } catch {
    return {}
  }
}

function save(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(assigned))
  } catch {
    // Without storage colours last as long as the page.
  }
}

/** How the line at a place among its series is dashed: lengths of line and gap, pixels; absent for a whole one. */
export function dashOf(place: number): readonly [number, number] | undefined {
  return place === 1 ? [6, 3] : place === 2 ? [2, 3] : undefined
}

/** The mark of a line in a legend: its colour and its dashes. */
export function markOf(color: string | undefined, place: number): string {
  const dash = dashOf(place)
  if (color === undefined || dash === undefined) return color ?? ''
  const [line, gap] = dash
  return `repeating-linear-gradient(90deg, ${color} 0 ${line}px, transparent ${line}px ${line + gap}px)`
}
