/**
 * The page's icons, drawn with strokes in the text's colour.
 *
 * Invariant: an icon never stands alone for a meaning; the control around it has a name.
 */

const PATHS = {
  clock: 'M8 4.5V8l2.3 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 2v3h-3',
  down: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  light:
    'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  dark: 'M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z',
  system: 'M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6',
  chart: 'M2.5 13.5h11M4.5 11V8M8 11V4M11.5 11V6.5',
  download: 'M8 2.5v7.5M5 7.2 8 10l3-2.8M3 13h10',
  info: 'M8 7.2v3.6M8 5.2v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  close: 'm4.5 4.5 7 7M11.5 4.5l-7 7',
  out: 'M11 11l3 3M12 7.2a4.8 4.8 0 1 1-9.6 0 4.8 4.8 0 0 1 9.6 0ZM5.2 7.2h4',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5 9.5 6.5M2.5 13.5l4-4',
  check: 'm3.5 8.5 3 3 6-7',
} as const

/** Draws an icon of 16 px. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
