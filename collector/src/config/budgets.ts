/** Budgets: what may be spent, by whom, in which time, and what happens then. */
import {
  BUDGET_ACTIONS,
  BUDGET_UNITS,
  DIMENSIONS,
  type Scope,
  UNREACHABLE,
} from '@spanmeter/middleware/quota'
import { z } from 'zod'
import { CREDIT_KINDS } from '../rate/credits.ts'
import { decimal, duration, instant, period } from './amounts.ts'
import { defineSection } from './section.ts'

const value = z.string().min(1).max(256)
/** Values by dimension; `*` is each by itself, `__none__` what has none. */
const scope: z.ZodType<Scope, Scope> = z.strictObject(
  Object.fromEntries(DIMENSIONS.map((name) => [name, value.optional()])),
)
const percent = z.number().int().min(1).max(1000)

const budget = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be letters, digits, ".", "_" and "-", at most 64'),
    name: z.string().min(1).max(200).optional(),
    scope: scope.default({}),
    unit: z.enum(BUDGET_UNITS).default('usd'),
    meter: value.optional(),
    limit: decimal.optional(),
    limits: z.array(z.strictObject({ for: scope, limit: decimal })).default([]),
    period: period.prefault('month'),
    action: z.enum(BUDGET_ACTIONS).default('block'),
    onUnreachable: z.enum(UNREACHABLE).default('lease'),
    warnAt: percent.max(100).default(80),
    alertAt: z.array(percent).max(20).default([50, 80, 100]),
    countIf: z.literal('success').optional(),
    excludeKinds: z.array(value).max(50).optional(),
    rollOver: decimal.default('0'),
    increases: z
      .array(
        z
          .strictObject({ amount: decimal, from: instant, until: instant, for: scope.optional() })
          .refine(({ from, until }) => from < until, 'must begin before it ends'),
      )
      .default([]),
    downgrade: z.record(value, value).optional(),
    throttle: duration.optional(),
  })
  .check((context) => {
    const { unit, meter, action, downgrade, throttle, limit, limits, countIf, excludeKinds } = context.value
    const fault = (path: string, message: string) =>
      context.issues.push({ code: 'custom', path: [path], message, input: context.value })
    if ((unit === 'meter') !== (meter !== undefined))
      fault('meter', 'goes with unit: meter, and only with it')
    if ((action === 'downgrade') !== (downgrade !== undefined))
      fault('downgrade', 'goes with action: downgrade, and only with it: a model and the one to ask instead')
    if ((action === 'throttle') !== (throttle !== undefined))
      fault('throttle', 'goes with action: throttle, and only with it: the time between calls, such as 10s')
    if (limit === undefined && limits.length === 0) fault('limit', 'is missing')
    if (unit !== 'runs' && (countIf ?? excludeKinds) !== undefined)
      fault(countIf ? 'countIf' : 'excludeKinds', 'goes with unit: runs only')
  })

const shape = {
  budgets: z
    .array(budget)
    .max(10_000)
    .check(({ value: all, issues }) => {
      const seen = new Set<string>()
      for (const [index, { id }] of all.entries()) {
        if (seen.has(id))
          issues.push({
            code: 'custom',
            path: [index, 'id'],
            message: 'is taken by another budget',
            input: id,
          })
        seen.add(id)
      }
    })
    .default([]),
  credits: z
    .strictObject({
      perUsd: decimal.default('100').describe('Credits for one USD'),
      kinds: z
        .record(value, z.enum(CREDIT_KINDS))
        .default({})
        .describe('Meter → what its credits are spent on; others are compute, calls to models are ai'),
    })
    .prefault({}),
  leases: z
    .strictObject({
      ttl: duration.prefault('20s'),
      longestRequest: duration.prefault('10m'),
    })
    .prefault({}),
}

/** A budget, as it is configured. */
export type BudgetConfig = z.infer<typeof budget>

/** `budgets`, `credits`, `leases`. */
export const budgetsSection = defineSection(shape)
