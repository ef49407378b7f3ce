/**
 * Exchanges with the collector over HTTP.
 *
 * Invariant: they are no calls of the host: nothing traces them, and a request that takes too long is given up.
 */
import { context, createContextKey } from '@opentelemetry/api'
import { endpointUrl } from '../telemetry/endpoint-url.ts'
import type { LeaseRequest, LeaseResponse } from './protocol.ts'

/** The key that OpenTelemetry's SDK marks its own exports with; keys of one name are one symbol. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** @param endpoint of the collector: its base URL @throws {Error} where it is no URL */
export function createHttpExchange(
  endpoint: string,
  headers: Record<string, string>,
  timeoutMs: number,
): (request: LeaseRequest) => Promise<LeaseResponse> {
  const url = endpointUrl(endpoint, '/v1/leases')
  if (url === undefined) {
    throw new Error(
      `cannot keep limits with ${endpoint}: it is no http(s) URL; give the collector's base URL`,
    )
  }
  return async (request) => {
    const response = await context.with(context.active().setValue(SUPPRESSED, true), () =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(timeoutMs),
      }),
    )
    if (!response.ok) throw new Error(`the collector answered ${response.status} to /v1/leases`)
    return (await response.json()) as LeaseResponse
  }
}
