/**
 * What a plugin finds out about a call: all that it may say of what it has seen.
 *
 * Invariant: counts, names and codes; nothing that people wrote.
 */
import type { Usage } from '../pricing/usage.ts'

/** What an answer says about its call. Plugins fill it in; later reports overwrite earlier ones. */
export interface CallFacts {
  responseModel?: string
  responseId?: string
  finishReasons?: string[]
  /** As reported so far; complete once `complete` is set. */
  usage?: Usage
  /**
   * Where the call is several requests, or used several models: its usage by what prices it. `usage` is the sum.
   */
  shares?: Share[]
  /** The provider has said all that it will say: ending the stream now is not an abort. */
  complete?: boolean
  /** The provider's error code or type: the call failed, also where the status was 200. */
  error?: string
  serviceTier?: string
  /** Remarks that change the price, as `kind:value` (`service_tier:flex`); see `pricing/price-modifiers.ts`. */
  modifiers?: string[]
  /**
   * What the provider says it bills for the call: USD as decimal text (of a JSON number, `String(number)`).
   * Preferred to any price that we know. In a stream it counts once `complete` is set.
   */
  cost?: string
  /** A gateway answered from a cache of its own: no provider was asked, and the call costs nothing. */
  fromCache?: boolean
  /** What is billed by something else than tokens (searches of a reranker, pages, seconds). */
  meter?: Metered
  /** Quantities beside `meter` that are worth knowing; they are recorded and never priced. */
  moreMeters?: readonly Metered[]
  /** The model that the request names, where it is not `model` in its body. */
  requestModel?: string
  /** The job that the answer is about; see `Endpoint.poll`. */
  job?: Job
  /** Id in the price book, where it depends on the call; overrides `Provider.priceBook`. */
  priceBook?: string
}

/** Part of a call's usage that has a price of its own. */
export interface Share {
  /** Absent = the call's. */
  model?: string | undefined
  usage: Usage
  modifiers?: readonly string[] | undefined
  /** Input of its largest request, where it is several requests. */
  largest?: number
}

/** A quantity that is billed, in units of its own. */
export interface Metered {
  /** What is metered: `rerank`, `ocr`, `transcription`. */
  name: string
  /** How much, not negative; decimal text where a binary fraction would not be exact. */
  quantity: number | string
  /** Of what, in the singular: `search_unit`, `page`, `second`. */
  unit: string
  /**
   * Who says so, where it is not the provider: `request` = counted in what was sent (an estimate of what is
   * billed), `call` = the call itself is the unit. Neither counts where the call failed.
   */
  from?: 'request' | 'call'
  /** USD for one `unit`, as decimal text, where the plugin knows it. */
  unitPrice?: string
}

/** Work that goes on after the answer: its end is billed, and seen in a later answer. */
export interface Job {
  /** Unique within the provider. */
  id: string
  /** Whether it has ended, well or badly. */
  done: boolean
  /** Answers about this id will say what it came to (a file of results). */
  continuesAs?: string
}
