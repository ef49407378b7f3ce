/** What is accepted, and for how long it is remembered. */
import { z } from 'zod'
import { bytes, defineSection, whole } from './section.ts'

const shape = {
  receive: z
    .strictObject({
      maxBodyBytes: bytes(1 << 30).default(16 * 1024 * 1024),
      rememberSpans: whole(1000, 64_000_000).default(2_000_000),
      rememberMs: whole(1000, 86_400_000).default(600_000),
    })
    .prefault({}),
}

/** `receive`. */
export const receiveSection = defineSection(shape)
