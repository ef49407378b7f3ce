/**
 * `@spanmeter/client`: asks a collector, with types.
 *
 * Invariant: what is exported here is the public interface.
 */
export type * from './api.gen.ts'
export { createClient, type SpanmeterClient, type SpanmeterClientOptions } from './client.ts'
export { SpanmeterError } from './error.ts'
