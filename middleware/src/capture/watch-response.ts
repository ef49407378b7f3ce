/**
 * Watches what the host reads from a response, on the very object that `fetch` answered with.
 *
 * Invariant: the response stays what it is (identity, url, headers, internal state); only the methods by which a
 * body is read are asked first, and each gives exactly what the original gives. What reads past them (a method
 * borrowed from `Response.prototype`) still works and only goes unmetered.
 */
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'
import { createStreamWatcher } from './watch-stream.ts'

/** Makes a response show what is read from it to a call. */
export type WatchResponse = (response: Response, call: Call) => void

type Source = object

const encoder = new TextEncoder()

/** Own or inherited: workerd has bodies in a class that requests and responses extend, and so has whoever extends it. */
function bodyGetter(prototype: object): (this: Response) => Response['body'] {
  for (let at: object | null = prototype; at; at = Object.getPrototypeOf(at)) {
    const getter = Object.getOwnPropertyDescriptor(at, 'body')?.get
    if (getter) return getter
  }
  throw new TypeError('responses of this runtime have no getter for their body')
}

/** @param Base the global `Response` that `fetch` answers with */
export function createResponseWatcher(Base: typeof Response): WatchResponse {
  const calls = new WeakMap<Response, Call>()
  /** Ends the calls whose bodies were thrown away unread. */
  const unread = new FinalizationRegistry<Call>((call) => call.end('unread'))
  const original = Base.prototype
  const bodyOf = bodyGetter(original)
  const watchStream = createStreamWatcher(unread)

  /** The call behind a response whose body is about to be read as a whole, if `source` is the first to read it. */
  function take(response: Response, source: Source): Call | undefined {
    const call = calls.get(response)
    unread.unregister(response)
    return call?.claim(source) ? call : undefined
  }

  /** Reads the body as a whole with the original method and shows the call what came. */
  function whole<T>(
    response: Response,
    read: () => Promise<T>,
    show: (call: Call, value: T) => void,
  ): Promise<T> {
    const call = take(response, {})
    const result = read()
    if (!call) return result
    return result.then(
      (value) => {
        try {
          show(call, value)
        } catch (error) {
          reportFailure('read an answer', error)
        }
        call.end('done')
        return value
      },
      (error: unknown) => {
        // What is not JSON was still read to its end.
        call.end(error instanceof SyntaxError ? 'done' : 'cut', error)
        throw error
      },
    )
  }

  const bytes = (call: Call, value: ArrayBuffer | Uint8Array) => call.chunk(new Uint8Array(value))
  const watched: Partial<Response> & ThisType<Response> = {
    json() {
      return whole(
        this,
        () => original.json.call(this),
        (call, value) => call.json(value),
      )
    },
    text() {
      return whole(
        this,
        () => original.text.call(this),
        (call, value) => call.chunk(encoder.encode(value)),
      )
    },
    arrayBuffer() {
      return whole(this, () => original.arrayBuffer.call(this), bytes)
    },
    blob() {
      return original.blob === undefined
        ? this.blob()
        : whole(
            this,
            async () => {
              const blob = await original.blob.call(this)
              return { blob, bytes: await blob.arrayBuffer() }
            },
            (call, value) => bytes(call, value.bytes),
          ).then(({ blob }) => blob)
    },
    formData() {
      return whole(
        this,
        () => original.formData.call(this),
        () => {},
      )
    },
    clone() {
      const copy = original.clone.call(this)
      const call = calls.get(this)
      if (call) watch(copy, call)
      return copy
    },
  }
  // Only where the runtime has it: Node 22.3 and later.
  const readBytes = (original as { bytes?: () => Promise<Uint8Array<ArrayBuffer>> }).bytes
  if (readBytes) {
    watched.bytes = function (this: Response) {
      return whole(this, () => readBytes.call(this), bytes)
    }
  }

  const prototype: object = Object.create(original, {
    ...Object.getOwnPropertyDescriptors(watched),
    body: {
      get(this: Response) {
        const body = bodyOf.call(this)
        const call = calls.get(this)
        if (body && call) {
          unread.unregister(this)
          watchStream(body, call)
        }
        return body
      },
      configurable: true,
      enumerable: true,
    },
  })

  function watch(response: Response, call: Call): void {
    calls.set(response, call)
    Object.setPrototypeOf(response, prototype)
    unread.register(response, call, response)
  }
  return watch
}
