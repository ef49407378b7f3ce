/** The ClickHouse server, where it is not the embedded one. */
import { z } from 'zod'
import { defineSection } from './section.ts'

const url = z
  .string()
  .refine((text) => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), 'is no http or https URL')

const shape = {
  clickhouse: z.strictObject({ url: url.optional(), readerUrl: url.optional() }).prefault({}),
}

/** `clickhouse`. */
export const clickhouseSection = defineSection(shape, {
  CLICKHOUSE_URL: ['clickhouse', 'url'],
  CLICKHOUSE_READER_URL: ['clickhouse', 'readerUrl'],
})
