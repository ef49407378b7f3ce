/**
 * Plain `node:http`, `node:https` and `node:http2`: `createServer(spanmeter({ … }, listener))`. Attribution functions
 * get the request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptions, OPTIONS } from '../check-options.ts'
import { installAs } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { type NodeRequest, type NodeResponse, serveNode } from './node-exchange.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

const WRITTEN = 'createServer(spanmeter({ … }, listener))'

/**
 * Meters every call to a paid API that this process makes, attributed to the request that made it.
 *
 * @returns the listener, as it was for its server and its callers
 * @throws {Error} for options that cannot work
 *
 * @example
 * ```ts
 * createServer(spanmeter({
 *   service: 'chat-api',
 *   endpoint: 'http://127.0.0.1:4318',
 *   tenant: (request) => request.headers['x-tenant-id']?.toString(),
 * }, (request, response) => {
 *   response.end('hello')
 * })).listen(3000)
 * ```
 */
export function spanmeter<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
  Result = unknown,
>(
  options: SpanmeterOptions<Request>,
  listener: (request: Request, response: Response) => Result,
): (request: Request, response: Response) => Result {
  if (typeof listener !== 'function') {
    checkOptions(options, OPTIONS, WRITTEN)
    throw new Error(`cannot meter a server without its listener; write ${WRITTEN}`)
  }
  const meter = installAs(WRITTEN, options)
  return function spanmeter(this: unknown, request, response) {
    const exchange = serveNode(meter, request, request, response)
    return exchange.admit(() =>
      exchange.run(() => {
        try {
          return listener.call(this, request, response)
        } catch (error) {
          exchange.threw(error)
          throw error
        }
      }),
    ) as Result
  }
}
