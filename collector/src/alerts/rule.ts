/** A rule of the configuration, with its kind: what is looked at, and who hears of it. */
import type { Severity } from './notice.ts'
import type { RuleKind } from './rules/rule-kind.ts'

/** What is configured of every rule, whatever its kind. */
export interface RuleConfig {
  readonly name: string
  readonly kind: string
  readonly severity?: Severity | undefined
  readonly forSeconds?: number | undefined
  readonly keepSeconds?: number | undefined
  /** Names of channels; absent = all of them. */
  readonly channels?: readonly string[] | undefined
  readonly runbook?: string | undefined
  readonly [setting: string]: unknown
}

export interface Rule {
  readonly name: string
  readonly kind: RuleKind
  readonly severity: Severity
  readonly forMs: number
  readonly keepMs: number
  readonly channels: readonly string[] | undefined
  readonly runbook: string | undefined
  /** As the kind takes them. */
  readonly settings: never
}

/** Joins a rule's configuration with its kind. Throws for a kind that there is not. */
export function createRule(config: RuleConfig, kinds: readonly RuleKind[]): Rule {
  const kind = kinds.find((one) => one.kind === config.kind)
  if (kind === undefined) {
    const known = kinds.map((one) => one.kind).join(', ')
    throw new Error(`cannot set up rule ${config.name}: there is no kind ${config.kind}; known are ${known}`)
  }
  const { severity, forSeconds, keepSeconds } = kind.defaults
  return {
    name: config.name,
    kind,
    severity: config.severity ?? severity,
    forMs: (config.forSeconds ?? forSeconds) * 1000,
    keepMs: (config.keepSeconds ?? keepSeconds) * 1000,
    channels: config.channels,
    runbook: config.runbook,
    settings: config as never,
  }
}
