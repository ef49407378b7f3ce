/**
 * The ledger: what the local provider would put on its invoice, kept apart from everything a meter sees.
 *
 * Invariant: exactly one entry for each HTTP request to a priced endpoint, and it is final once `endedAt`
 * is set. Buckets are disjoint: their sum is every token that the request is billed for.
 */

/** Billed tokens in disjoint buckets. */
export interface BilledTokens {
  inputUncached: number
  cacheRead: number
  cacheWrite5m: number
  cacheWrite1h: number
  /** Cache writes of providers that do not split them by time to live. */
  cacheWriteOther: number
  outputText: number
  reasoning: number
}

/** Whose API was called, as the GenAI conventions call it. */
export type ProviderName =
  | 'openai'
  | 'anthropic'
  | 'gcp.gemini'
  | 'mistral_ai'
  | 'cohere'
  | 'groq'
  | 'ollama'
  | 'aws.bedrock'

export type ApiName =
  | 'chat_completions'
  | 'responses'
  | 'embeddings'
  | 'messages'
  | 'generate_content'
  | 'chat'
  | 'rerank'
  | 'converse'
  | 'invoke_model'

export interface LedgerEntry {
  /** 1, 2, 3 …: the order in which requests arrived. */
  number: number
  provider: ProviderName
  api: ApiName
  /** As the request named it; empty where the body had none. */
  requestModel: string
  /** As the answer named it; empty where there was no answer. */
  responseModel: string
  /** `x-request-id` or `request-id` of the answer. */
  requestId: string
  stream: boolean
  /** HTTP status of the answer. */
  status: number
  /**
   * `completed`: the client has the whole answer; `failed`: the provider refused or broke, nothing is billed;
   * `aborted`: the client went away (or the line was cut), what was generated until then is billed.
   */
  outcome: 'open' | 'completed' | 'failed' | 'aborted'
  serviceTier: string
  billed: BilledTokens
  /** Searches that are billed, where an API counts those and no tokens. */
  searchUnits: number
  /** What the client could know: characters of text on the wire, and whether final usage went out. */
  sent: { characters: number; usage: boolean }
  /** Bytes of the request body. */
  requestBytes: number
  /** Milliseconds since the epoch. */
  startedAt: number
  endedAt: number | undefined
}

export const NO_TOKENS: BilledTokens = {
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  cacheWriteOther: 0,
  outputText: 0,
  reasoning: 0,
}

/** Keeps the newest `limit` entries, so that a demo may run for days. */
export class Ledger {
  readonly entries: LedgerEntry[] = []
  readonly #limit: number
  #opened = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  open(
    entry: Pick<LedgerEntry, 'provider' | 'api' | 'requestId' | 'requestBytes' | 'startedAt'>,
  ): LedgerEntry {
    this.#opened += 1
    const opened: LedgerEntry = {
      number: this.#opened,
      requestModel: '',
      responseModel: '',
      stream: false,
      status: 0,
      outcome: 'open',
      serviceTier: '',
      billed: { ...NO_TOKENS },
      searchUnits: 0,
      sent: { characters: 0, usage: false },
      endedAt: undefined,
      ...entry,
    }
    this.entries.push(opened)
    if (this.entries.length > this.#limit) this.entries.shift()
    return opened
  }
}
