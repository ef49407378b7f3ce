/** Whom and what a call is for, in the words of budgets. */
import type { Attributes } from '@opentelemetry/api'
import { ATTR } from '../telemetry/attributes.ts'
import type { Scope } from './protocol.ts'

/** @param attributes what a span carries from its start @param service where no attribute says it */
export function scopeOf(attributes: Attributes, service: string | undefined, more: Scope = {}): Scope {
  return {
    tenant: text(attributes[ATTR.tenantId]),
    user: text(attributes[ATTR.userId]),
    key: text(attributes[ATTR.keyName]),
    agent: text(attributes[ATTR.agentId]) ?? text(attributes[ATTR.agentName]),
    conversation: text(attributes[ATTR.conversationId]),
    feature: text(attributes[ATTR.feature]),
    service: text(attributes[ATTR.serviceName]) ?? service,
    model: more.model,
    provider: more.provider,
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
