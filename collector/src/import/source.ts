/** Where calls are that another system has recorded. */
import type { ImportedCall } from './imported-call.ts'

/** What is read of it: calls that began in `[start, end)`, milliseconds. */
export interface ImportRange {
  readonly start: number
  readonly end: number
}

/** A system to import from. */
export interface UsageSource {
  /** Calls, a page at a time. Throws one sentence when it cannot be read. */
  pages(range: ImportRange): AsyncGenerator<readonly ImportedCall[]>
}
