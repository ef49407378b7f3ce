/**
 * Token totals as OpenTelemetry has them, taken apart into disjoint buckets.
 *
 * Invariant: no bucket is negative, and where the details fit into their total the buckets add up to it.
 */
import { NUMBER } from './fields.ts'

/** Positions of the buckets in `Usage.buckets`, in the order of the columns. */
export const BUCKETS = [
  'input_uncached_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'cache_write_other_tokens',
  'input_audio_tokens',
  'input_image_tokens',
  'output_text_tokens',
  'reasoning_tokens',
  'output_audio_tokens',
  'output_image_tokens',
] as const

/**
 * What a sender's input total contains: everything; all but what was read from or written to a cache; or
 * nothing that has a bucket of its own, and likewise for output.
 */
export type Inclusion = 'all' | 'uncached' | 'none'

const LARGEST = Number.MAX_SAFE_INTEGER

/** Reused for every span. */
export class Usage {
  readonly buckets: Float64Array = new Float64Array(BUCKETS.length)
  /** Whether the span says anything about usage. */
  known = false

  /** Tokens of all buckets. */
  get total(): number {
    let sum = 0
    for (let i = 0; i < this.buckets.length; i++) sum += this.buckets[i] as number
    return sum
  }

  /** Forgets counts that are all 0: a tool that writes them for a call that failed knows nothing. */
  forgetNothing(): void {
    if (this.buckets.every((tokens) => tokens === 0)) this.known = false
  }

  /** Derives the buckets from the number fields of a span, whose totals contain what `inclusion` says. */
  derive(numbers: Float64Array, inclusion: Inclusion): void {
    const { buckets } = this
    this.known = false
    for (let field = NUMBER.inputTokens; field <= NUMBER.outputImageTokens; field++) {
      if (!Number.isNaN(numbers[field])) {
        this.known = true
        break
      }
    }
    if (!this.known) {
      buckets.fill(0)
      return
    }
    const cacheRead = count(numbers[NUMBER.cacheReadTokens])
    const write5m = count(numbers[NUMBER.cacheWrite5mTokens])
    const write1h = count(numbers[NUMBER.cacheWrite1hTokens])
    const cacheWrite = Math.max(count(numbers[NUMBER.cacheWriteTokens]), write5m + write1h)
    const inputAudio = count(numbers[NUMBER.inputAudioTokens])
    const inputImage = count(numbers[NUMBER.inputImageTokens])
    const reasoning = count(numbers[NUMBER.reasoningTokens])
    const outputAudio = count(numbers[NUMBER.outputAudioTokens])
    const outputImage = count(numbers[NUMBER.outputImageTokens])
    let input = count(numbers[NUMBER.inputTokens])
    let output = count(numbers[NUMBER.outputTokens])
    if (inclusion === 'none') {
      input += cacheRead + cacheWrite + inputAudio + inputImage
      output += reasoning + outputAudio + outputImage
    } else if (inclusion === 'uncached' || cacheRead + cacheWrite > input) {
      // a part that is larger than its whole is none
      input += cacheRead + cacheWrite
    }
    if (Number.isNaN(numbers[NUMBER.outputTokens])) {
      output = Math.max(output, count(numbers[NUMBER.totalTokens]) - input)
    }
    buckets[0] = Math.max(0, input - cacheRead - cacheWrite - inputAudio - inputImage)
    buckets[1] = cacheRead
    buckets[2] = write5m
    buckets[3] = write1h
    buckets[4] = Math.max(0, cacheWrite - write5m - write1h)
    buckets[5] = inputAudio
    buckets[6] = inputImage
    buckets[7] = Math.max(0, output - reasoning - outputAudio - outputImage)
    buckets[8] = reasoning
    buckets[9] = outputAudio
    buckets[10] = outputImage
  }
}

function count(value: number | undefined): number {
  return value !== undefined && value > 0 ? Math.min(Math.floor(value), LARGEST) : 0
}
