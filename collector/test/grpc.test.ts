/** OTLP over gRPC: OpenTelemetry's own exporter, and what a sender is told when something is wrong. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { credentials, Metadata, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AccessControl } from '../src/access/access-control.ts'
import { createToken } from '../src/access/token.ts'
import { grpcPortOf } from '../src/config/grpc.ts'
import { BadInput } from '../src/receive/bad-input.ts'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { type GrpcReceiver, startGrpc } from '../src/receive/grpc.ts'
import { SpoolFull } from '../src/receive/intake.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { selfSigned } from './certificate.ts'
import { call, protobuf, span } from './spans.ts'

const tokens = {
  send: createToken({ role: 'ingest', tenant: 'acme' }, 0),
  read: createToken({ role: 'read' }, 0),
}
const control = new AccessControl({ required: true, tokens: [tokens.send.kept, tokens.read.kept] }, () => 1)
const bearer = (name: keyof typeof tokens) => {
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${tokens[name].text}`)
  return metadata
}
/** What arrived: rows and the tenant they are of. */
let arrived: { rows: number; tenant: string | undefined }[] = []
let trouble: Error | undefined
const answers: { status: number; reason: string }[] = []
let receiver: GrpcReceiver
const decoders = new Decoders()

const options = {
  host: '127.0.0.1',
  port: 0,
  control,
  tls: undefined,
  maxBodyBytes: 100_000,
  report: (error: unknown) => expect(error).toBe(trouble),
  acceptor: {
    async accept(kind: 'protobuf' | 'json', body: Buffer, tenant: string | undefined) {
      if (trouble) throw trouble
      const block = new SpanBlock(1n)
      const decoded = decodeInto(block, { kind, body, receivedAt: Date.now(), tenant }, decoders)
      arrived.push({ rows: block.rows, tenant })
      return decoded
    },
  },
}
beforeAll(async () => {
  receiver = await startGrpc({
    ...options,
    onAnswer: ({ status, reason }) => answers.push({ status, reason }),
  })
})
afterAll(() => receiver.close(0))
beforeEach(() => {
  arrived = []
  trouble = undefined
  answers.length = 0
})

const Client = makeGenericClientConstructor({}, 'x')
function send(
  body: Buffer,
  metadata: Metadata = bearer('send'),
  path = 'trace.v1.TraceService',
): Promise<{ error: ServiceError | null; answer: Buffer | undefined }> {
  const client = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure())
  const asIs = (bytes: Buffer) => bytes
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, answer?: Buffer) => {
      client.close()
      resolve({ error, answer })
    }
    client.makeUnaryRequest(`/opentelemetry.proto.collector.${path}/Export`, asIs, asIs, body, metadata, done)
  })
}

test.each(['none', 'gzip'])("OpenTelemetry's exporter sends with compression %s", async (compression) => {
  const url = `http://127.0.0.1:${receiver.port}`
  const exporter = new OTLPTraceExporter({ url, compression: compression as never, metadata: bearer('send') })
  const result = await new Promise<{ code: number; error?: Error }>((done) =>
    exporter.export([call(1), call(2), call(3)], done),
  )
  await exporter.shutdown()
  expect(result).toEqual({ code: 0 })
  expect(arrived).toEqual([{ rows: 3, tenant: 'acme' }])
  expect(answers).toEqual([{ status: 200, reason: 'ok' }])
})

test('spans that cannot be stored are counted in the answer, the others are kept', async () => {
  const { error, answer } = await send(protobuf([call(1), span({ id: 2, at: 1 })]))
  expect(error).toBeNull()
  expect(arrived[0]?.rows).toBe(1)
  expect(answer?.subarray(2, 5)).toEqual(Buffer.from([0x08, 1, 0x12]))
  expect(answer?.toString()).toContain('1 spans refused: start_time_unix_nano')
})

test('every fault has its status and its sentence; what helps later says when', async () => {
  const check = async (body: Buffer, code: number, details: RegExp, metadata?: Metadata) => {
    const { error } = await send(body, metadata)
    expect([error?.code, error?.details]).toEqual([code, expect.stringMatching(details)])
    return error
  }
  await check(Buffer.from([0x0a, 0xff, 0x01]), 3, /^cannot/)
  await check(Buffer.alloc(0), 16, /no token was sent/, new Metadata())
  await check(Buffer.alloc(0), 7, /needs role ingest/, bearer('read'))
  await check(Buffer.alloc(200_000), 8, /larger than max/)
  trouble = new BadInput(413, 'too_large', 'cannot accept the body: it is too large')
  await check(protobuf([call(1)]), 8, /too large/)
  for (const [error, details] of [
    [new SpoolFull('cannot accept spans: the spool is full; send them again later'), /the spool is full/],
    [new Error('disk /secret/path failed'), /^cannot store the spans right now/],
  ] as const) {
    trouble = error
    const failed = await check(protobuf([call(1)]), 14, details)
    const [status] = failed?.metadata.get('grpc-status-details-bin') ?? []
    // google.rpc.Status: code 14, and a RetryInfo of 5 seconds
    const bytes = Buffer.from(status as Buffer)
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x08, 14]))
    expect(bytes.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo')
    expect(bytes.subarray(-6)).toEqual(Buffer.from([0x12, 4, 0x0a, 2, 0x08, 5]))
  }
  expect(arrived).toEqual([])
})

test('metrics and logs are answered with a warning and not kept', async () => {
  for (const path of ['metrics.v1.MetricsService', 'logs.v1.LogsService']) {
    const { error, answer } = await send(Buffer.from([0x0a, 0x00]), bearer('send'), path)
    expect([error, answer?.toString()]).toEqual([null, expect.stringContaining('are not stored')])
    expect((await send(Buffer.alloc(0), new Metadata(), path)).error?.code).toBe(16)
  }
  expect((await send(Buffer.alloc(0), bearer('send'), 'profiles.v1.ProfilesService')).error?.code).toBe(12)
})

test('with a certificate it speaks TLS', async () => {
  const { cert, key } = selfSigned('grpc')
  const secure = await startGrpc({ ...options, tls: { cert: Buffer.from(cert), key: Buffer.from(key) } })
  const exporter = new OTLPTraceExporter({
    url: `https://127.0.0.1:${secure.port}`,
    credentials: credentials.createSsl(Buffer.from(cert)),
    metadata: bearer('send'),
  })
  const result = await new Promise<{ code: number }>((done) => exporter.export([call(9)], done))
  await exporter.shutdown()
  await secure.close(0)
  expect([result.code, arrived]).toEqual([0, [{ rows: 1, tenant: 'acme' }]])
})

test('a port that is taken is told; none is none', async () => {
  const holder = createServer()
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done))
  const { port } = holder.address() as AddressInfo
  await expect(startGrpc({ ...options, port })).rejects.toThrow(/EADDRINUSE/)
  holder.close()
  expect(grpcPortOf({ port: 4318, grpc: {} })).toEqual({ port: 4317, must: false })
  expect(grpcPortOf({ port: 4318, grpc: { port: 5 } })).toEqual({ port: 5, must: true })
  expect([
    grpcPortOf({ port: 1, grpc: { port: 0 } }),
    grpcPortOf({ port: 1, grpc: { port: 'none' } }),
    grpcPortOf({ port: 0, grpc: {} }),
  ]).toEqual([undefined, undefined, undefined])
})
