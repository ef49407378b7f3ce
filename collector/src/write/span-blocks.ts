/**
 * The memory of blocks whose rows are stored, for the blocks to come: tens of megabytes that would otherwise be
 * allocated and collected several times a second.
 *
 * Invariant: a block that is given back has no other user; at most three wait, and none for longer than a minute.
 */
import { SpanBlock } from './span-block.ts'

/** As many as are filled and written at the same time. */
const MAX_KEPT = 3
const KEEP_MS = 60_000

export class SpanBlocks {
  readonly #kept: SpanBlock[] = []
  #timer: NodeJS.Timeout | undefined

  /** An empty block for a segment. */
  take(segmentId: bigint): SpanBlock {
    this.#timer?.refresh()
    const block = this.#kept.pop()
    if (block === undefined) return new SpanBlock(segmentId)
    block.renew(segmentId)
    return block
  }

  /** Takes a block that nobody needs any more. */
  giveBack(block: SpanBlock): void {
    if (this.#kept.length >= MAX_KEPT) return
    this.#kept.push(block)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#kept.length = 0
    }, KEEP_MS).unref()
  }
}
