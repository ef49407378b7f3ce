/**
 * What was recorded of one tool that traces calls, and what its spans leave out.
 *
 * Invariant: a gap is the tool's, and stated by hand after looking at what it sends; everything else of its spans
 * has to come to what the provider billed.
 */
import type { LedgerEntry } from '../../examples/provider/ledger.ts'

export interface Gaps {
  /** Cached input counts as any other; `for OpenAI`: Anthropic's is told apart. */
  cache?: 'merged' | 'merged for OpenAI'
  /** Reasoning counts as text; `merged in chat`: with chat completions only. */
  reasoning?: 'merged' | 'merged in chat'
  /** What is streamed: no span, or one that says nothing of usage. */
  streams?: 'no span' | 'no usage'
  /** `no span`: of calls that fail there is none; `no error`: it does not say that they failed. */
  failures?: 'no span' | 'no span for Anthropic' | 'no error'
  /** The time to live of what was written to a cache is told. */
  ttl?: 'told'
  /** `no usage`: the span says nothing of it. */
  embeddings?: 'no usage'
  /** It is not told, and follows from the name of a model that is known. */
  provider?: 'by model'
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
    .filter(({ outcome, api, stream }) => {
      if (outcome === 'failed' && gaps.failures === 'no span') return false
      if (outcome === 'failed' && gaps.failures === 'no span for Anthropic' && api === 'messages')
        return false
      return !(gaps.streams === 'no span' && stream)
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
  if (gaps.cache === 'merged' || (gaps.cache !== undefined && api !== 'messages')) {
    return { ...billed, ...text, cacheRead: 0, inputUncached: inputUncached + cacheRead }
  }
  if (gaps.ttl === 'told') return { ...billed, ...text }
  const cacheWriteOther = billed.cacheWriteOther + cacheWrite5m + cacheWrite1h
  return { ...billed, ...text, cacheWrite5m: 0, cacheWrite1h: 0, cacheWriteOther }
}
