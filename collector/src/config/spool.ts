/** What is on disk and not stored yet: how much of it, and when a batch is closed. */
import { z } from 'zod'
import { bytes, defineSection, whole } from './section.ts'

const shape = {
  spool: z
    .strictObject({
      maxBytes: bytes().default(1024 * 1024 * 1024),
      minFreeBytes: whole(0, Number.MAX_SAFE_INTEGER).default(64 * 1024 * 1024),
      maxRows: whole(1, 500_000).default(100_000),
      maxSegmentBytes: bytes(256 * 1024 * 1024).default(64 * 1024 * 1024),
      maxAgeMs: whole(10, 60_000).default(1000),
    })
    .prefault({}),
}

/** `spool`. */
export const spoolSection = defineSection(shape)
