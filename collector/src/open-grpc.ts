/**
 * The gRPC receiver of a collector, as its configuration wants it.
 *
 * Invariant: a port that somebody asked for is had or nothing starts; the standard one is done without where
 * another program has it, and the log says so.
 */
import type { Logger } from 'pino'
import type { LiveAccess } from './access/live-access.ts'
import { grpcPortOf } from './config/grpc.ts'
import type { CollectorConfig } from './config/schema.ts'
import type { Metrics } from './metrics.ts'
import { type GrpcReceiver, startGrpc } from './receive/grpc.ts'
import type { Acceptor } from './receive/traces.ts'

/** Starts it, if there is to be one. */
export async function openGrpc(
  config: CollectorConfig,
  access: LiveAccess,
  { intake, metrics }: { intake: Acceptor; metrics: Metrics },
  log: Logger,
): Promise<GrpcReceiver | undefined> {
  const wanted = grpcPortOf(config)
  if (wanted === undefined) return undefined
  const { host } = config
  try {
    return await startGrpc({
      ...{ host, port: wanted.port, acceptor: intake, control: access.control, tls: access.tls },
      maxBodyBytes: config.receive.maxBodyBytes,
      onAnswer: ({ status, reason, bytes }) => {
        metrics.requests.inc({ code: String(status), reason })
        metrics.receivedBytes.inc({ encoding: 'grpc' }, bytes)
      },
      report: (error) => log.error({ err: error }, 'cannot answer a request'),
    })
  } catch (cause) {
    const where = `${host}:${wanted.port}`
    const sentence = `cannot listen for OTLP/gRPC on ${where}: ${(cause as Error).message}; set SPANMETER_GRPC_PORT to a free port, or to none`
    if (wanted.must) throw new Error(sentence, { cause })
    log.warn(sentence)
    return undefined
  }
}
