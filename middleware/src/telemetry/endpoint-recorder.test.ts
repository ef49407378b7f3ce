import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, expect, it, vi } from 'vitest'
import { createEndpointRecorder } from './endpoint-recorder.ts'

afterEach(() => vi.unstubAllEnvs())

it('sends its own headers, and none that the environment holds for another endpoint', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'api-key=of-somebody-else')
  vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'x-key=of-somebody-else')
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    request.resume().on('end', () => response.writeHead(200).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const recorder = createEndpointRecorder({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers: { authorization: 'Bearer mine' },
  })
  recorder.start({ name: 'chat', startTime: 1, parent: ROOT_CONTEXT, attributes: {} }).end({}, undefined, 2)
  await recorder.shutdown(5_000)
  server.close()
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({
    authorization: 'Bearer mine',
    'content-type': 'application/x-protobuf',
  })
  expect(JSON.stringify(seen)).not.toContain('of-somebody-else')
})
