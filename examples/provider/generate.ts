/**
 * What the local provider's "models" say, and how many tokens that is.
 *
 * Invariant: an answer is a list of tokens, so the output count is exact by construction; input is counted
 * as four UTF-8 bytes a token plus a few for each message, as a tokenizer roughly would.
 */

import { between, type Random } from './random.ts'
import type { Scenario } from './scenario.ts'

/** An answer before it is put on the wire. */
export interface Generation {
  /** Visible text, one entry a token. */
  tokens: string[]
  /** Tokens spent on thinking before the text; billed as output, not shown. */
  reasoning: number
  /** `length` when the request's maximum cut the answer. */
  finish: 'stop' | 'length'
}

const WORDS =
  'the order was shipped on monday and should arrive within three days so your refund of the second item is already booked we can change an address until the parcel leaves our warehouse please reply with new details if anything looks wrong here is a short summary for you all invoices are paid next review takes place in spring with both teams'.split(
    ' ',
  )

/** Tokens of a text: a quarter of its UTF-8 bytes, rounded up. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4)
}

/** Produces an answer of a believable length, or of exactly `scenario.tokens`. */
export function generate(options: {
  random: Random
  scenario: Scenario
  maxTokens: number | undefined
  reasons: boolean
  /** What to say, where that is given: the arguments of a tool, an object of a schema. */
  text?: string | undefined
}): Generation {
  const { random, scenario, maxTokens = Number.POSITIVE_INFINITY, reasons } = options
  const reasoning = reasons ? between(4, 40, random) * 8 : 0
  const room = Math.max(0, maxTokens - reasoning)
  if (options.text !== undefined) {
    const pieces = options.text.match(/.{1,4}/gsu) ?? []
    return {
      tokens: pieces.slice(0, room),
      reasoning: Math.min(reasoning, maxTokens),
      finish: pieces.length > room ? 'length' : 'stop',
    }
  }
  const wanted = scenario.tokens ?? between(24, 220, random)
  const tokens = Array.from({ length: Math.min(wanted, room) }, (_, index) => {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? 'the'
    return index === 0 ? word[0]?.toUpperCase() + word.slice(1) : ` ${word}`
  })
  return { tokens, reasoning: Math.min(reasoning, maxTokens), finish: wanted > room ? 'length' : 'stop' }
}
