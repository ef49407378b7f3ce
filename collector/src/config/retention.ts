/** For how many days rows are kept, by table. */
import { z } from 'zod'
import { defineSection, whole } from './section.ts'

const days = (low: number) => z.union([z.literal('forever'), whole(low, 36_500)])

const lasts = (kept: number | 'forever') => (kept === 'forever' ? Number.POSITIVE_INFINITY : kept)

const shape = {
  retention: z
    .strictObject({
      // spans that come again are looked for among those that are there
      spans: days(7).default(400),
      minutes: days(2).default(14),
      hours: days(7).default('forever'),
      days: days(7).default('forever'),
      details: days(7).default(400),
      latencies: days(7).default(400),
      alerts: days(1).default(400),
      budgetSamples: days(1).default(400),
      collectorSamples: days(1).default(30),
      repeatedSpans: days(1).default(90),
    })
    .refine(({ days, hours }) => lasts(days) >= lasts(hours), {
      path: ['days'],
      message: 'is shorter than hours, and totals of whole days are read from it; make it at least as long',
    })
    .prefault({}),
}

/** `retention`. */
export const retentionSection = defineSection(shape)
/** Days, or for ever. */
export type Retention = z.infer<z.ZodObject<typeof shape>>['retention']
