/**
 * What the head of an answer says of its call.
 *
 * Invariant: only headers that are asked for by name are looked at.
 */
import type { Attributes } from '@opentelemetry/api'
import type { CallFacts } from '../providers/provider.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { type AnswerReader, createAnswerReader } from './answer-reader.ts'
import type { AnswerHead, CallStart } from './call-start.ts'
import { rateLimitHeadroom } from './rate-limit.ts'
import { readHeaders } from './response-headers.ts'

/** @param noted is what the span will say @returns what reads the body */
export function readHead(
  { target }: CallStart,
  { headers }: AnswerHead,
  facts: CallFacts,
  noted: Attributes,
): AnswerReader {
  const { provider, gateway, endpoint } = target.match
  const reader = createAnswerReader(endpoint, headers.get('content-type') ?? '', facts)
  const id = readHeaders(provider, headers, facts)
  const gatewayId = gateway && readHeaders(gateway, headers, facts)
  const left = rateLimitHeadroom(headers)
  if (left !== undefined) noted[ATTR.rateLimitRemaining] = left
  if (id ?? gatewayId) noted[ATTR.requestId] = id ?? gatewayId
  return reader
}
