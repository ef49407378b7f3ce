/**
 * An OTLP receiver for tests: reads the spans of an export, as protobuf, and nothing else of it.
 * Field numbers: opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.
 */
import { type LocalServer, serve } from '../local-provider.ts'
import type { SeenSpan } from './recording.ts'

export interface ReceivedSpan extends SeenSpan {
  /** Nanoseconds since the epoch. */
  startTime: bigint
}

type Field = { number: number; bytes: Buffer; value: bigint }

function* fields(bytes: Buffer): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const take = (length: number) => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const field: Field = { number: tag >> 3, bytes: Buffer.alloc(0), value: 0n }
    if ((tag & 7) === 0) field.value = varint()
    else if ((tag & 7) === 1) field.bytes = take(8)
    else if ((tag & 7) === 5) field.bytes = take(4)
    else field.bytes = take(Number(varint()))
    yield field
  }
}

const all = (bytes: Buffer, number: number) => [...fields(bytes)].filter((field) => field.number === number)
const one = (bytes: Buffer, number: number) => all(bytes, number)[0]

function readValue(bytes: Buffer): unknown {
  for (const field of fields(bytes)) {
    if (field.number === 1) return field.bytes.toString()
    if (field.number === 2) return field.value === 1n
    if (field.number === 3) return Number(BigInt.asIntN(64, field.value))
    if (field.number === 4) return field.bytes.readDoubleLE()
    if (field.number === 5) return all(field.bytes, 1).map((item) => readValue(item.bytes))
  }
  return undefined
}

/** The spans of an `ExportTraceServiceRequest`. */
export function spansOf(request: Buffer): ReceivedSpan[] {
  return all(request, 1).flatMap((resource) =>
    all(resource.bytes, 2).flatMap((scope) => all(scope.bytes, 2).map((span) => spanOf(span.bytes))),
  )
}

function spanOf(bytes: Buffer): ReceivedSpan {
  const hex = (number: number) => one(bytes, number)?.bytes.toString('hex') ?? ''
  const attributes = all(bytes, 9).map(({ bytes: pair }) => [
    one(pair, 1)?.bytes.toString() ?? '',
    readValue(one(pair, 2)?.bytes ?? Buffer.alloc(0)),
  ])
  return {
    traceId: hex(1),
    spanId: hex(2),
    parentSpanId: hex(4) || undefined,
    name: one(bytes, 5)?.bytes.toString() ?? '',
    // OTLP counts kinds from 1, the API from 0.
    kind: Number(one(bytes, 6)?.value ?? 1n) - 1,
    startTime: one(bytes, 7)?.bytes.readBigUInt64LE() ?? 0n,
    endTime: one(bytes, 8)?.bytes.readBigUInt64LE() ?? 0n,
    attributes: Object.fromEntries(attributes),
    status: Number(one(one(bytes, 15)?.bytes ?? Buffer.alloc(0), 3)?.value ?? 0n),
  }
}

/** Listens for exports; `spans` grows as they come, `resource` is what the last one said of the service. */
export async function receiveOtlp(): Promise<
  LocalServer & { spans: ReceivedSpan[]; resource: Record<string, unknown> }
> {
  const spans: ReceivedSpan[] = []
  const resource: Record<string, unknown> = {}
  const server = await serve((_request, response, body) => {
    for (const { bytes: resourceSpans } of all(body, 1)) {
      for (const { bytes: pair } of all(one(resourceSpans, 1)?.bytes ?? Buffer.alloc(0), 1)) {
        resource[one(pair, 1)?.bytes.toString() ?? ''] = readValue(one(pair, 2)?.bytes ?? Buffer.alloc(0))
      }
    }
    spans.push(...spansOf(body))
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  return Object.assign(server, { spans, resource })
}
