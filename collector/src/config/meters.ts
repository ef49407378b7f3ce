/** Meters of usage events: which events they count, what of them, and what a unit costs. */
import { z } from 'zod'
import { decimal, defineSection } from './section.ts'

const meter = z.strictObject({
  /** Type of the CloudEvents that it counts; its own name when absent. */
  eventType: z.string().min(1).max(256).optional(),
  /** Where in `data` the quantity is, with dots; 1 an event when absent. */
  value: z
    .string()
    .regex(/^(\$\.)?[\w-]+(\.[\w-]+)*$/, 'is no path such as duration.seconds')
    .transform((path) => path.replace(/^\$\./, ''))
    .optional(),
  unit: z.string().min(1).max(256).default('1'),
  /** USD for one unit. */
  unitPrice: decimal.optional(),
  provider: z.string().min(1).max(256).optional(),
})

const shape = { meters: z.record(z.string().min(1).max(256), meter).default({}) }

/** `meters`. */
export const metersSection = defineSection(shape)

/** What a meter counts. */
export type MeterConfig = z.infer<typeof meter>
