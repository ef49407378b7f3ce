/** What a look at a collector's surroundings gives. */

/** `warning`: it works, and somebody should know. `problem`: something does not work. */
export type Level = 'ok' | 'warning' | 'problem'

export interface Finding {
  readonly check: string
  readonly level: Level
  /** What was found, a sentence without a full stop. */
  readonly found: string
  /** What to do; absent where there is nothing to do. */
  readonly todo?: string
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found })
export const warning = (check: string, found: string, todo: string): Finding => ({
  ...{ check, level: 'warning', found, todo },
})
export const problem = (check: string, found: string, todo: string): Finding => ({
  ...{ check, level: 'problem', found, todo },
})

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** Bytes for people. */
export function size(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1000 ** step
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`
}
