/** The collector's ports: they answer where it runs, and are free where it does not. */
import { once } from 'node:events'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect, createServer } from 'node:net'
import { grpcPortOf } from '../config/grpc.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

const TIMEOUT_MS = 5000

/** Looks at both ports. */
export async function checkPorts(config: CollectorConfig, running: boolean): Promise<Finding[]> {
  const { port } = config
  const grpc = grpcPortOf(config)
  const http = running ? await answers(config) : await free('port', config.host, port)
  if (grpc === undefined) return [http]
  if (!running) {
    const found = await free('gRPC port', config.host, grpc.port)
    return [http, found.level === 'problem' && !grpc.must ? { ...found, level: 'warning' } : found]
  }
  const open = await reaches(config.host, grpc.port)
  const name = `${config.host}:${grpc.port}`
  return [
    http,
    open
      ? ok('gRPC port', `${name} answers`)
      : warning(
          'gRPC port',
          `${name} does not answer`,
          'see the log: it was taken when the collector started',
        ),
  ]
}

/** What a collector that runs says of itself. */
async function answers(config: CollectorConfig): Promise<Finding> {
  const { host, port } = config
  const where = `${host}:${port}`
  if (port === 0) return ok('port', 'a free one, which the log names')
  const answer = await probe(config)
  if (answer === undefined)
    return problem(
      'port',
      `${where} does not answer`,
      'see the log; is SPANMETER_PORT that of the running one?',
    )
  const { missing = [] } = answer
  if (missing.length > 0)
    return problem('port', `${where} is not ready: ${missing.join(', ')}`, 'see the log')
  return ok('port', `${where} is ready`)
}

async function probe({ host, port, tls }: CollectorConfig): Promise<{ missing?: string[] } | undefined> {
  const ask = tls.certFile === undefined ? request : requestTls
  const call = ask({
    ...{ host: reachable(host), port, path: '/readyz', timeout: TIMEOUT_MS, agent: false },
    // it is asked by its address, which no certificate names
    rejectUnauthorized: false,
  })
  call.once('timeout', () => call.destroy(new Error('no answer')))
  call.end()
  try {
    const [response] = await once(call, 'response')
    let text = ''
    for await (const part of response) text += part
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function free(check: string, host: string, port: number): Promise<Finding> {
  if (port === 0) return ok(check, 'a free one is taken')
  const server = createServer()
  server.listen(port, host)
  try {
    await once(server, 'listening')
    return ok(check, `${host}:${port} is free`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const todo = `stop what uses it, or set SPANMETER_${check === 'port' ? '' : 'GRPC_'}PORT to another one`
    return problem(check, `${host}:${port} cannot be used: ${code}`, todo)
  } finally {
    server.close()
  }
}

async function reaches(host: string, port: number): Promise<boolean> {
  const socket = connect({ host: reachable(host), port, timeout: TIMEOUT_MS })
  socket.once('timeout', () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Where one that listens on every address can be reached. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}
