/**
 * A call of another system on its way into the collector: as an OTLP span.
 *
 * Invariant: the same call has the same ids whenever it is imported.
 */
import { createHash } from 'node:crypto'

/** One call; times in milliseconds. */
export interface ImportedCall {
  /** 32 and 16 hex digits. */
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly start: number
  readonly end: number
  readonly failed: boolean
  readonly environment: string | undefined
  readonly attributes: Readonly<Record<string, string>>
}

/** `id` where it is of so many hex digits, else as many that follow from it. */
export function hexId(id: string, digits: 16 | 32): string {
  const isHex = id.length === digits && /^[0-9a-f]+$/.test(id) && /[1-9a-f]/.test(id)
  return isHex ? id : createHash('sha256').update(id).digest('hex').slice(0, digits)
}

/** An `ExportTraceServiceRequest` as JSON. */
export function otlpRequest(
  calls: readonly ImportedCall[],
  of: { readonly service: string; readonly scope: string },
): object {
  const environments = new Set(calls.map(({ environment }) => environment))
  return {
    resourceSpans: [...environments].map((environment) => ({
      resource: {
        attributes: attributesOf({
          'service.name': of.service,
          ...(environment !== undefined && { 'deployment.environment.name': environment }),
        }),
      },
      scopeSpans: [
        {
          scope: { name: of.scope },
          spans: calls.filter((call) => call.environment === environment).map(spanOf),
        },
      ],
    })),
  }
}

function spanOf({ traceId, spanId, name, start, end, failed, attributes }: ImportedCall): object {
  return {
    ...{ traceId, spanId, name, kind: 1 },
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(Math.max(start, end)),
    status: { code: failed ? 2 : 0 },
    attributes: attributesOf(attributes),
  }
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n)
}

function attributesOf(attributes: Readonly<Record<string, string>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }))
}
