/**
 * A frame as a CSV file.
 *
 * Invariant: numbers are raw and exact, instants are ISO 8601 in UTC, and no cell is a formula to a spreadsheet.
 */
import type { Frame } from '../src/expand/frame.ts'

/** The text of the file; lines end in CRLF (RFC 4180). */
export function csvOf({ fields }: Frame): string {
  const lines = [fields.map(({ name }) => cell(name))]
  for (let row = 0; row < (fields[0]?.values.length ?? 0); row++) {
    lines.push(
      fields.map(({ type, values }) => {
        const value = values[row] ?? ''
        if (value === '') return ''
        if (type === 'time') return new Date(Number(value)).toISOString()
        return type === 'string' ? cell(String(value)) : String(value)
      }),
    )
  }
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Hands a frame to the browser's downloads. */
export function download(name: string, frame: Frame): void {
  saveFile(`${name}.csv`, 'text/csv', csvOf(frame))
}

/** In front of a CSV file, it tells Excel that the text is UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF'

/** Hands a text to the browser's downloads: a CSV file as a spreadsheet wants it. */
export function saveFile(name: string, type: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([type === 'text/csv' ? BYTE_ORDER_MARK : '', text], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000)
}
