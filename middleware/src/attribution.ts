/**
 * Who caused a call: set once where a request or a job begins, carried by AsyncLocalStorage.
 *
 * Invariant: nothing of it is ever sent to a provider; it only becomes attributes of our own spans.
 */
import type { Attributes } from '@opentelemetry/api'
import { ATTR } from './telemetry/attributes.ts'

/** Who caused a call. Everything is optional. */
export interface Attribution {
  tenant?: string | undefined
  user?: string | undefined
  /** Name of the API key that the caller uses; never the key. */
  key?: string | undefined
  /** Name of the agent that is at work, or its id and name. */
  agent?: string | { id?: string; name?: string } | undefined
  /** Id of the conversation, only where there really is one. */
  conversation?: string | undefined
  feature?: string | undefined
  /** The run that this is part of: set by `run()`, or by hand where a run goes on in another process. */
  run?: { id: string; name: string } | undefined
}

const MAX_LENGTH = 256

/** Writes what is known into `target`, as attributes; values are cut at 256 characters. */
export function addAttribution(target: Attributes, attribution: Attribution): void {
  add(target, ATTR.tenantId, attribution.tenant)
  add(target, ATTR.userId, attribution.user)
  add(target, ATTR.keyName, attribution.key)
  const { agent } = attribution
  if (typeof agent === 'object') {
    add(target, ATTR.agentId, agent.id)
    add(target, ATTR.agentName, agent.name)
  } else add(target, ATTR.agentName, agent)
  add(target, ATTR.conversationId, attribution.conversation)
  add(target, ATTR.feature, attribution.feature)
  add(target, ATTR.runId, attribution.run?.id)
  add(target, ATTR.runName, attribution.run?.name)
}

/** Ids that are numbers in the host's database are text here. */
function add(target: Attributes, name: string, value: unknown): void {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  if (typeof text !== 'string' || text === '') return
  target[name] = text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH) : text
}
