/**
 * Usage as OpenTelemetry has it, and the disjoint buckets that money is computed from.
 *
 * Invariant: every detail is a subset of its total, and the buckets of {@link toBuckets} add up to the totals
 * even where a provider's numbers contradict each other.
 */

/** Tokens of one call. Totals include their details; what is absent was not reported and counts as 0. */
export interface Usage {
  /** All input, cached or not, in any modality. */
  input: number
  /** All output, reasoning included. */
  output: number
  cacheRead?: number
  /** The part of `cacheRead` that is audio; some models price it apart. `audioInput` does not contain it. */
  cacheReadAudio?: number
  /** As {@link cacheReadAudio}, of images. */
  cacheReadImage?: number
  /** All tokens written to a prompt cache, whatever their time to live. */
  cacheWrite?: number
  cacheWrite5m?: number
  cacheWrite1h?: number
  reasoning?: number
  audioInput?: number
  audioOutput?: number
  imageInput?: number
  imageOutput?: number
  /** Searches that the provider ran and bills one by one. */
  webSearches?: number
  /** Searches in files that the customer has stored with the provider, billed one by one. */
  fileSearches?: number
}

/** Disjoint token buckets: their sum is every token of the call. */
export interface Buckets {
  input: number
  cacheRead: number
  cacheWrite5m: number
  cacheWrite1h: number
  cacheWriteOther: number
  audioInput: number
  imageInput: number
  outputText: number
  reasoning: number
  audioOutput: number
  imageOutput: number
}

/** A detail larger than what is left of its total is cut: cache before modality, reasoning before modality. */
export function toBuckets(usage: Usage): Buckets {
  let left = usage.input
  const take = (part: number | undefined): number => {
    const taken = Math.min(part ?? 0, left)
    left -= taken
    return taken
  }
  const cacheRead = take(usage.cacheRead)
  const cacheWrite5m = take(usage.cacheWrite5m)
  const cacheWrite1h = take(usage.cacheWrite1h)
  const split = (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0)
  const cacheWriteOther = take(Math.max(0, (usage.cacheWrite ?? 0) - split))
  const audioInput = take(usage.audioInput)
  const imageInput = take(usage.imageInput)
  const input = left
  left = usage.output
  const reasoning = take(usage.reasoning)
  const audioOutput = take(usage.audioOutput)
  const imageOutput = take(usage.imageOutput)
  return {
    input,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    cacheWriteOther,
    audioInput,
    imageInput,
    outputText: left,
    reasoning,
    audioOutput,
    imageOutput,
  }
}
