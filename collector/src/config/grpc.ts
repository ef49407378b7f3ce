/** The gRPC receiver, which has a port of its own. */
import { z } from 'zod'
import { defineSection, whole } from './section.ts'

const shape = {
  grpc: z.strictObject({ port: z.union([z.literal('none'), whole(0, 65535)]).optional() }).prefault({}),
}

/** `grpc`. */
export const grpcSection = defineSection(shape, { SPANMETER_GRPC_PORT: ['grpc', 'port'] })

/** Where OTLP/gRPC is received when nothing else is said. */
const STANDARD_PORT = 4317

/** The port to listen on, and whether it has to be had; undefined where there is no gRPC. */
export function grpcPortOf(config: {
  port: number
  grpc: { port?: number | 'none' | undefined }
}): { port: number; must: boolean } | undefined {
  const { port } = config.grpc
  if (port === 'none' || port === 0) return undefined
  if (port !== undefined) return { port, must: true }
  // a collector on a free port is one of several
  return config.port === 0 ? undefined : { port: STANDARD_PORT, must: false }
}
