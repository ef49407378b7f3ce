/**
 * Next.js: `registerSpanmeter({ … })` in `instrumentation.ts`, and `withSpanmeter(handler)` around route handlers.
 * Attribution functions get the handler's request and are asked when a call is made.
 *
 * The two are bundled apart, so they meet in the process's shared state.
 */
import { installAs, installed } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { warnOnce } from '../warn-once.ts'
import { admitArrival, withHeaders } from './arrival.ts'
import { generalise, noteParams } from './route.ts'
import { serveWeb } from './web-exchange.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

/**
 * Meters every call to a paid API that this server makes.
 *
 * @throws {Error} for options that cannot work
 *
 * @example
 * ```ts
 * // instrumentation.ts
 * export async function register() {
 *   if (process.env.NEXT_RUNTIME === 'nodejs') {
 *     const { registerSpanmeter } = await import('@spanmeter/middleware/nextjs')
 *     registerSpanmeter({ service: 'shop', endpoint: 'http://127.0.0.1:4318' })
 *   }
 * }
 * ```
 */
export function registerSpanmeter<R extends Request = Request>(options: SpanmeterOptions<R> = {}): void {
  installAs('registerSpanmeter({ … })', options)
}

const UNREGISTERED =
  'a route handler has withSpanmeter(), but nothing is metered: call registerSpanmeter({ … }) in register() of instrumentation.ts'

/**
 * Attributes the calls that a route handler makes to its request.
 *
 * @param options `route`: its template, where the path and the parameters do not tell
 *
 * @example
 * ```ts
 * // app/api/chats/[id]/route.ts
 * export const POST = withSpanmeter(async (request: Request) => Response.json(await answer(request)))
 * ```
 */
export function withSpanmeter<R extends Request, Rest extends unknown[], Answer extends Response | undefined>(
  handler: (request: R, ...rest: Rest) => Promise<Answer> | Answer,
  options: { route?: string } = {},
): (request: R, ...rest: Rest) => Promise<Answer> {
  return async function spanmeter(request, ...rest) {
    const meter = installed<R>()
    if (!meter) {
      warnOnce(UNREGISTERED)
      return handler(request, ...rest)
    }
    const params = paramsOf(rest[0])
    const route = () => options.route ?? routeOf(request, params)
    const exchange = serveWeb(meter, request, request, route)
    let answer: Answer
    const warnings: [string, string][] = []
    try {
      answer = await admitArrival<Promise<Answer>>(exchange.limits(), {
        header: (name, value) => warnings.push([name, value]),
        refuse: async ({ status, headers, body }) => new Response(body, { status, headers }) as Answer,
        go: async () => exchange.run(() => handler(request, ...rest)),
      })
    } catch (error) {
      exchange.threw(statusOf(error))
      throw error
    }
    if (!(answer instanceof Response)) return answer
    return exchange.answer(withHeaders(answer, warnings)) as Answer
  }
}

/** Parameters by value; Next.js gives them as a promise that is settled soon. */
function paramsOf(context: unknown): Map<string, string> {
  const seen = new Map<string, string>()
  const { params } = (context ?? {}) as { params?: unknown }
  void Promise.resolve(params).then(
    (values) => noteParams(seen, values),
    () => {},
  )
  return seen
}

function routeOf(request: Request, params: Map<string, string>): string {
  return generalise(new URL(request.url).pathname, params, (name) => `[${name}]`)
}

/** `redirect()` and `notFound()` are thrown; the digest says which status Next.js makes of them. */
function statusOf(error: unknown): number {
  const { digest } = (error ?? {}) as { digest?: unknown }
  const status = /^NEXT_(?:REDIRECT;.*|HTTP_ERROR_FALLBACK);(\d{3});?$/s.exec(String(digest))?.[1]
  return status === undefined ? 500 : Number(status)
}
