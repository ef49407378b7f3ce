/** Rules on a part of the calls of a window. */
import { against, type Finding } from './rule-kind.ts'

/** One subject's calls, and how many of them are meant. */
export interface PartRow {
  readonly key: string[]
  readonly calls: number
  readonly part: number
}

/** The finding for one subject. */
export function partFinding(
  row: PartRow,
  { percent, windowMinutes }: { readonly percent: number; readonly windowMinutes: number },
  words: { key: string; subject: Record<string, string>; title: string; what: string },
): Finding {
  const [calls, part] = [Number(row.calls), Number(row.part)]
  const share = (100 * part) / calls
  // with a threshold of 0 a single one is too many
  const judged = percent === 0 ? { breached: part > 0, cleared: part === 0 } : against(share, percent)
  return {
    key: words.key,
    subject: words.subject,
    period: '',
    ...judged,
    value: `${share.toFixed(1)}%`,
    threshold: `${percent}%`,
    title: words.title,
    summary: `${part} of ${calls} calls of the last ${windowMinutes} minutes ${words.what}.`,
  }
}
