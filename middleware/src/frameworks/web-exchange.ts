/**
 * A Web `Request` and the `Response` to it, for frameworks that do not stand on Node's servers.
 *
 * Invariant: the span ends when the response's body has been read to its end or was given up; the body is pulled
 * through, never kept.
 */
import { reportFailure } from '../capture/report.ts'
import type { Installed } from '../install.ts'
import type { Arrival } from '../server-span.ts'
import type { Serving } from '../serving.ts'
import { askRoute } from './route.ts'

/** An adapter's view of a request that is being answered. */
export interface WebExchange {
  /** What the budgets of the request say. */
  limits: Serving['limits']
  run<T>(work: () => T): T
  /** The handler's answer. @returns the response to pass on */
  answer(response: Response): Response
  /** The handler threw. @param status what the framework makes of that */
  threw(status: number): void
}

/** Begins to serve a request. @param context what the options' functions get @param route asked at the end */
export function serveWeb<C>(
  meter: Installed<C>,
  context: C,
  request: Request,
  route: () => string | undefined,
): WebExchange {
  const serving = meter.serve(context, request, () => arrivalOf(request))
  return {
    run: serving.run,
    limits: serving.limits,
    answer(response) {
      const { status, body } = response
      if (serving.nested) return response
      try {
        if (body === null || request.method === 'HEAD' || response.bodyUsed) {
          serving.end({ status, route: askRoute(route) })
          return response
        }
        const end = (how: { aborted?: boolean; exception?: unknown }) => {
          serving.end({ status, route: askRoute(route), ...how })
        }
        request.signal?.addEventListener('abort', () => end({ aborted: true }), { once: true })
        const { statusText, headers } = response
        return new Response(watchBody(body, serving, end), { status, statusText, headers })
      } catch (error) {
        reportFailure('watch a response', error)
        return response
      }
    },
    threw: (status) => serving.end({ status, route: askRoute(route) }),
  }
}

function arrivalOf(request: Request): Arrival {
  const url = new URL(request.url)
  return {
    method: request.method,
    path: url.pathname,
    scheme: url.protocol.slice(0, -1),
    host: url.host,
    header: (name) => request.headers.get(name) ?? undefined,
  }
}

function watchBody(
  body: ReadableStream<Uint8Array>,
  serving: Serving,
  end: (how: { aborted?: boolean; exception?: unknown }) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await serving.run(() => reader.read())
          if (!done) return controller.enqueue(value)
          end({})
          controller.close()
        } catch (exception) {
          end({ exception })
          controller.error(exception)
        }
      },
      cancel(reason) {
        end({ aborted: true })
        return serving.run(() => reader.cancel(reason))
      },
    },
    { highWaterMark: 0 },
  )
}
