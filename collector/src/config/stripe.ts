/** Stripe: which meters are told what, and which customer a tenant is. */
import { z } from 'zod'
import { decimal, instant } from './amounts.ts'
import { defineSection, whole } from './section.ts'

const name = z.string().min(1).max(100)

const meter = z.strictObject({
  eventName: name.describe('`event_name` of an active meter in Stripe'),
  of: z
    .union([z.enum(['cost', 'credits', 'tokens', 'calls']), z.strictObject({ meter: name })])
    .describe('What is counted: cost in USD, credits, tokens, calls, or the quantity of a meter'),
  multiply: decimal
    .default('1')
    .describe('Stripe takes whole numbers: 1000000 bills cost in millionths of a USD'),
})

const shape = {
  stripe: z
    .strictObject({
      secretKey: z
        .string()
        .min(1)
        .optional()
        .describe('A restricted key that may write meter events and read meters; absent = nothing is sent'),
      url: z.url({ protocol: /^https?$/ }).default('https://api.stripe.com'),
      everySeconds: whole(1, 86_400).default(300).describe('How often is looked for what has changed'),
      settleMinutes: whole(0, 1_440).default(10).describe('How long after its end an hour is sent first'),
      since: instant
        .optional()
        .describe('Nothing before is sent; absent = the hour in which this was first switched on'),
      customers: z
        .record(z.string().min(1).max(256), z.string().min(1).max(255))
        .default({})
        .describe('Tenant → customer in Stripe; a tenant that is called cus_… is its own'),
      meters: z.array(meter).max(50).default([]),
    })
    .prefault({}),
}

/** `stripe`. */
export const stripeSection = defineSection(shape, {
  SPANMETER_STRIPE_SECRET_KEY: ['stripe', 'secretKey'],
})
/** As it is configured; instants are milliseconds. */
export type StripeConfig = z.infer<z.ZodObject<typeof shape>>['stripe']
/** One meter of it. */
export type StripeMeterConfig = StripeConfig['meters'][number]

/** What is named twice. */
export function stripeFaults({ stripe }: { stripe: StripeConfig }): {
  path: (string | number)[]
  message: string
}[] {
  const names = stripe.meters.map(({ eventName }) => eventName)
  return names.flatMap((eventName, index) =>
    names.indexOf(eventName) === index
      ? []
      : [{ path: ['stripe', 'meters', index, 'eventName'], message: `another meter is called ${eventName}` }],
  )
}
