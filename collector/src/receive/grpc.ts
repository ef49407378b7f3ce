/**
 * OTLP over gRPC: the same requests as over HTTP, on a port of its own.
 *
 * Invariant: a call ends with OK only when its accepted spans are on disk; what a sender should send again
 * later ends with a status that says so, and when.
 * https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 */
import type { handleUnaryCall, Server, ServiceDefinition, ServiceError } from '@grpc/grpc-js'
import type { AccessControl } from '../access/access-control.ts'
import type { TlsFiles } from '../access/live-access.ts'
import { Bytes } from '../write/bytes.ts'
import { exportAnswer, warningAnswer } from './answer.ts'
import { BadInput } from './bad-input.ts'
import { SpoolFull } from './intake.ts'
import { REJECT_TEXT } from './sink.ts'
import { type Acceptor, RETRY_AFTER } from './traces.ts'

export interface GrpcOptions {
  host: string
  port: number
  acceptor: Acceptor
  control: AccessControl
  tls: TlsFiles | undefined
  maxBodyBytes: number
  /** Told of every answer to spans. */
  onAnswer?: (answer: { status: number; reason: string; bytes: number }) => void
  /** Told of errors that are ours. */
  report: (error: unknown) => void
}

/** A running receiver. */
export interface GrpcReceiver {
  readonly port: number
  /** Stops to accept; ends what still runs after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** google.rpc.Code: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const CODE = { invalid: 3, denied: 7, exhausted: 8, unavailable: 14, unauthenticated: 16 } as const
const IGNORED = ['metrics', 'logs'] as const
const PACKAGE = 'opentelemetry.proto.collector'

/** Starts it. Throws when the address cannot be had. */
export async function startGrpc(options: GrpcOptions): Promise<GrpcReceiver> {
  // loaded only by those who receive over gRPC
  const grpc = await import('@grpc/grpc-js')
  const server = new grpc.Server({
    'grpc.max_receive_message_length': options.maxBodyBytes,
    'grpc.keepalive_time_ms': 60_000,
  })
  server.addService(service(`${PACKAGE}.trace.v1.TraceService`), { Export: traces(options) })
  for (const signal of IGNORED) {
    const name = signal === 'metrics' ? 'MetricsService' : 'LogsService'
    server.addService(service(`${PACKAGE}.${signal}.v1.${name}`), { Export: ignored(signal, options) })
  }
  const { tls } = options
  const credentials =
    tls === undefined
      ? grpc.ServerCredentials.createInsecure()
      : grpc.ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }])
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  const port = await new Promise<number>((done, fail) => {
    server.bindAsync(`${host}:${options.port}`, credentials, (error, bound) =>
      error ? fail(error) : done(bound),
    )
  })
  return { port, close: (graceMs) => close(server, graceMs) }
}

/** Messages stay bytes: the decoders read them as they read those of HTTP. */
function service(name: string): ServiceDefinition {
  const asIs = (bytes: Buffer): Buffer => bytes
  return {
    Export: {
      path: `/${name}/Export`,
      requestStream: false,
      responseStream: false,
      ...{ requestSerialize: asIs, requestDeserialize: asIs },
      ...{ responseSerialize: asIs, responseDeserialize: asIs },
    },
  }
}

function traces(options: GrpcOptions): handleUnaryCall<Buffer, Buffer> {
  return function exportTraces({ request, metadata }, answer) {
    const told = (status: number, reason: string) =>
      options.onAnswer?.({ status, reason, bytes: request.length })
    const [authorization] = metadata.get('authorization')
    const access = options.control.check(authorization?.toString(), 'ingest')
    if ('status' in access) {
      answer(failure(access.status === 401 ? CODE.unauthenticated : CODE.denied, access.detail))
      return
    }
    options.acceptor.accept('protobuf', request, access.tenant).then(
      ({ rejected, firstReason }) => {
        told(200, 'ok')
        const why = firstReason === undefined ? '' : `${rejected} spans refused: ${REJECT_TEXT[firstReason]}`
        answer(null, exportAnswer('protobuf', rejected, why).body)
      },
      (error: unknown) => {
        if (error instanceof BadInput) {
          told(error.status, error.reason)
          answer(failure(error.status === 413 ? CODE.exhausted : CODE.invalid, error.message))
          return
        }
        const full = error instanceof SpoolFull
        if (!full) options.report(error)
        told(503, full ? 'spool_full' : 'spool_error')
        const sentence = full ? error.message : 'cannot store the spans right now; send them again later'
        void retryable(sentence).then((status) => answer(status))
      },
    )
  }
}

/** The other signals are thanked for, told about, and not kept. */
function ignored(
  signal: (typeof IGNORED)[number],
  { control }: GrpcOptions,
): handleUnaryCall<Buffer, Buffer> {
  return function exportIgnored({ metadata }, answer) {
    const [authorization] = metadata.get('authorization')
    const access = control.check(authorization?.toString(), 'ingest')
    if ('status' in access)
      answer(failure(access.status === 401 ? CODE.unauthenticated : CODE.denied, access.detail))
    else {
      const sentence = `${signal} are not stored: calls are metered by their spans; send those to the TraceService`
      answer(null, warningAnswer('protobuf', sentence).body)
    }
  }
}

function failure(code: number, details: string): Partial<ServiceError> {
  return { code, details }
}

/** UNAVAILABLE with the `RetryInfo` that says when: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling */
async function retryable(details: string): Promise<Partial<ServiceError>> {
  const { Metadata } = await import('@grpc/grpc-js')
  const metadata = new Metadata()
  const delay = message([0x08, RETRY_AFTER])
  const info = nested(0x0a, delay)
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo')
  const any = Buffer.concat([nested(0x0a, type), nested(0x12, info)])
  const status = [message([0x08, CODE.unavailable]), nested(0x12, Buffer.from(details)), nested(0x1a, any)]
  metadata.set('grpc-status-details-bin', Buffer.concat(status))
  return { code: CODE.unavailable, details, metadata }
}

function message(bytes: number[]): Buffer {
  return Buffer.from(bytes)
}

/** A length-delimited field of a message. */
function nested(tag: number, body: Buffer): Buffer {
  const bytes = new Bytes(body.length + 8)
  bytes.varint(tag)
  bytes.string(new Bytes(body), 0, body.length)
  return bytes.view()
}

async function close(server: Server, graceMs: number): Promise<void> {
  const force = setTimeout(() => server.forceShutdown(), graceMs)
  await new Promise<void>((done) => server.tryShutdown(() => done()))
  clearTimeout(force)
}
