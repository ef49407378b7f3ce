/**
 * What was recorded of one tool that traces calls, and what its spans leave out.
 *
 * Invariant: a gap is the tool's, and stated by hand after looking at what it sends; everything else of its spans
 * has to come to what the provider billed.
 */
import type { LedgerEntry } from '../../examples/provider/ledger.ts'

export interface Gaps {
  /** `merged`: cached input counts as any other; `lost`: it is not told at all. */
  cache?: 'merged' | 'lost'
  /** Reasoning counts as text; `merged in chat`: with chat completions only. */
  reasoning?: 'merged' | 'merged in chat'
  /** Streams say nothing of their usage. */
  streams?: 'no usage'
  /** `no span`: of calls that fail there is none; `no error`: it does not say that they failed. */
  failures?: 'no span' | 'no error'
  /** The time to live of what was written to a cache is told. */
  ttl?: 'told'
  /** `no span`, or one that says nothing of usage. */
  embeddings?: 'no span' | 'no usage'
}

export interface Recording {
  name: string
  /** Package → version. */
  versions: Readonly<Record<string, string>>
  gaps: Gaps
  /** What the provider billed, in the order of the calls. */
  ledger: LedgerEntry[]
  /** OTLP requests as JSON, in the order in which they came. */
  requests: unknown[]
}

/** The entries that have a span, each with what the span can tell of it. */
export function toldBy({ gaps, ledger }: Recording): { entry: LedgerEntry; silent: boolean }[] {
  return ledger
    .filter(({ outcome, api }) => {
      if (gaps.failures === 'no span' && outcome === 'failed') return false
      return !(gaps.embeddings === 'no span' && api === 'embeddings')
    })
    .map((entry) => ({
      entry: { ...entry, billed: told(entry, gaps) },
      silent:
        (gaps.streams === 'no usage' && entry.stream) ||
        (gaps.embeddings === 'no usage' && entry.api === 'embeddings'),
    }))
}

function told({ billed, api }: LedgerEntry, gaps: Gaps): LedgerEntry['billed'] {
  const { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, outputText, reasoning } = billed
  const merges = gaps.reasoning === 'merged' || (gaps.reasoning !== undefined && api === 'chat_completions')
  const text = merges ? { outputText: outputText + reasoning, reasoning: 0 } : {}
  const noCache = { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheWriteOther: 0 }
  if (gaps.cache === 'lost') return { ...billed, ...text, ...noCache }
  if (gaps.cache === 'merged') return { ...billed, ...text, ...noCache, inputUncached: inputUncached + cacheRead }
  if (gaps.ttl === 'told') return { ...billed, ...text }
  const cacheWriteOther = billed.cacheWriteOther + cacheWrite5m + cacheWrite1h
  return { ...billed, ...text, cacheWrite5m: 0, cacheWrite1h: 0, cacheWriteOther }
}
