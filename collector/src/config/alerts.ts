/** Alerts: where they are told, and which rules there are. */
import { z } from 'zod'
import { NOTIFIERS } from '../alerts/notifiers/built-in.ts'
import { RULE_KINDS } from '../alerts/rules/built-in.ts'
import { defineSection, whole } from './section.ts'

const severity = z.enum(['info', 'warning', 'critical'])
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'is no name: letters, digits, _ . and -, up to 64')

const ofChannel = {
  severity: severity.default('info').describe('Alerts that are not at least so bad are not told here'),
  template: z
    .strictObject({ title: z.string().min(1).optional(), body: z.string().min(1).optional() })
    .optional()
    .describe('Own words, as Mustache templates'),
}

const ofRule = {
  name,
  severity: severity.optional(),
  forSeconds: whole(0, 86_400).optional().describe('How long it must hold before anybody hears of it'),
  keepSeconds: whole(0, 86_400).optional().describe('How long it must have been over before that is told'),
  channels: z.array(name).min(1).optional().describe('Absent = all'),
  runbook: z.url().optional().describe('A page that says what to do'),
}

type Variant = z.ZodObject<{ type: z.ZodLiteral<string> }>
type KindVariant = z.ZodObject<{ name: z.ZodString; kind: z.ZodLiteral<string> }>
const channel = z.discriminatedUnion(
  'type',
  NOTIFIERS.map(({ type, settings }) =>
    z.strictObject({ type: z.literal(type), ...ofChannel, ...settings }),
  ) as unknown as [Variant, ...Variant[]],
)
/** One rule, as it is configured. */
export const ruleSchema = z.discriminatedUnion(
  'kind',
  RULE_KINDS.map(({ kind, settings }) =>
    z.strictObject({ kind: z.literal(kind), ...ofRule, ...settings }),
  ) as unknown as [KindVariant, ...KindVariant[]],
)

const shape = {
  channels: z.record(name, channel).default({}).describe('Name → where alerts are told'),
  alerts: z
    .strictObject({
      enabled: z.boolean().default(true).describe('On one collector only, where several share a store'),
      everySeconds: whole(5, 3600).default(60).describe('How often rules are looked at'),
      allowPrivateAddresses: z
        .boolean()
        .default(false)
        .describe('Whether channels may call this machine and private networks'),
      link: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('Address of the page, for messages'),
      rules: z.array(ruleSchema).max(500).default([]),
    })
    .prefault({}),
}

/** `channels`, `alerts`. */
export const alertsSection = defineSection(shape)

/** What a rule names that there is not, or twice. */
export function alertFaults(config: {
  readonly channels: Readonly<Record<string, unknown>>
  readonly alerts: { readonly rules: readonly { readonly name: string }[] }
}): { path: (string | number)[]; message: string }[] {
  const faults: { path: (string | number)[]; message: string }[] = []
  const seen = new Set<string>()
  const known = Object.keys(config.channels).join(', ') || 'none'
  for (const [index, rule] of config.alerts.rules.entries()) {
    const { name: ruleName, channels } = rule as { name: string; channels?: string[] }
    const path = ['alerts', 'rules', index]
    if (seen.has(ruleName))
      faults.push({ path: [...path, 'name'], message: `another rule is called ${ruleName}` })
    seen.add(ruleName)
    for (const wanted of channels ?? []) {
      if (wanted in config.channels) continue
      faults.push({
        path: [...path, 'channels'],
        message: `there is no channel ${wanted}; there are: ${known}`,
      })
    }
  }
  return faults
}
