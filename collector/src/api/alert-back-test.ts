/** `POST /api/v1/alerts/test`: when a rule would have fired. */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { readerFor } from '../access/tenant-reader.ts'
import { backTest } from '../alerts/back-test.ts'
import { createRule, type RuleConfig } from '../alerts/rule.ts'
import { RULE_KINDS } from '../alerts/rules/built-in.ts'
import { ruleSchema as ruleConfig } from '../config/alerts.ts'
import type { Fault } from '../query/period.ts'
import { createAction } from './action.ts'
import { type AlertBody, alertBody, alertSchema, exampleAlert } from './alert-schema.ts'
import { count } from './amounts.ts'
import type { ApiOptions } from './app.ts'

const DAY_MS = 86_400_000
const LONGEST_TEST_DAYS = 92

interface BackTestBody {
  alerts: AlertBody[]
  evaluations: number
  step_seconds: number
}

/** Creates the action. */
export function createBackTest({ alerting, budgets, reader, now }: ApiOptions): OpenAPIHono {
  const body = z
    .strictObject({
      rule: z.looseObject({ kind: z.string() }).openapi({ description: 'As in the configuration.' }),
      days: z
        .number()
        .positive()
        .max(LONGEST_TEST_DAYS)
        .default(30)
        .openapi({ description: 'How far back.' }),
    })
    .openapi('AlertBackTest')
  return createAction<z.output<typeof body>, BackTestBody>({
    method: 'post',
    path: '/api/v1/alerts/test',
    operationId: 'backTestRule',
    summary: 'When a rule would have fired',
    description:
      'Tries a rule on what is stored, before it is switched on. Long ranges are looked at less often than the rule would be. Nothing is written or sent.',
    body: body as never,
    schema: z
      .object({
        alerts: z.array(alertSchema),
        evaluations: count('How often the rule was asked.'),
        step_seconds: count('How far apart.'),
      })
      .openapi('AlertBackTestResult') as z.ZodType<BackTestBody>,
    example: { alerts: [alertBody(exampleAlert())], evaluations: 720, step_seconds: 3600 },
    async answer({ body: { rule, days }, tenant, signal }) {
      const parsed = ruleConfig.safeParse({ name: 'test', ...rule })
      if (!parsed.success) return faultsOf(parsed.error)
      const end = now().getTime()
      const result = await backTest({
        rule: createRule(parsed.data as unknown as RuleConfig, RULE_KINDS),
        context: {
          reader: readerFor(reader, tenant),
          signal,
          thresholdsOf: (budget) => budgets?.ledger.book.budget(budget)?.thresholds,
        },
        start: end - days * DAY_MS,
        end,
        everyMs: alerting?.everyMs ?? 60_000,
      })
      return {
        alerts: result.alerts.map(alertBody),
        evaluations: result.evaluations,
        step_seconds: result.stepMs / 1000,
      }
    },
  })
}

function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map(({ path, message }) => ({ name: ['rule', ...path].join('.'), detail: message }))
}
