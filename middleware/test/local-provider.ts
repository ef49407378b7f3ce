/**
 * A loopback server that answers what a test says, and the spans that were recorded meanwhile.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { expect } from 'vitest'
import { ATTR } from '../src/telemetry/attributes.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

export interface LocalServer {
  host: string
  url: string
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1. */
export async function serve(answer: Answer): Promise<LocalServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => answer(request, response, Buffer.concat(parts)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const exporter = new InMemorySpanExporter()

/** Registers a tracer provider and a context manager, as a host would. */
export function registerHostTelemetry(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
}

/** The spans that ended since the last time. */
export function takeSpans(): ReadableSpan[] {
  const spans = exporter.getFinishedSpans()
  exporter.reset()
  return spans
}

/** Resolves once `count` spans have ended; the test's own time limit bounds it. */
export async function spansEnded(count: number): Promise<ReadableSpan[]> {
  while (exporter.getFinishedSpans().length < count) await new Promise((resolve) => setImmediate(resolve))
  return takeSpans()
}

/** Attributes without what numbers the span in its process. */
export function unnumbered(attributes: Record<string, unknown> | undefined): Record<string, unknown> {
  const { [ATTR.processId]: _process, [ATTR.spanNumber]: number, ...rest } = attributes ?? {}
  expect(number).toBeGreaterThan(0)
  return rest
}
