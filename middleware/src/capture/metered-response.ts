/**
 * A `Response` that differs from the one it stands for in its body only.
 *
 * Invariant: everything that a caller can see (url, redirected, type, status, headers, clones) is the origin's.
 */

/** Makes a response with `body` that is otherwise `origin`; both must not have been read. */
export type RespondWith = (origin: Response, body: ReadableStream<Uint8Array>) => Response

/** @param Base the global `Response` that `fetch` answers with */
export function createRespondWith(Base: typeof Response): RespondWith {
  class MeteredResponse extends Base {
    readonly #origin: Response

    constructor(origin: Response, body: ReadableStream<Uint8Array> | null) {
      const type = origin.headers.get('content-type')
      // The content type is what `blob()` and `formData()` look at inside; all headers are the origin's own.
      super(
        body,
        type === null
          ? { status: origin.status }
          : { status: origin.status, headers: { 'content-type': type } },
      )
      this.#origin = origin
    }
    override get url(): string {
      return this.#origin.url
    }
    override get redirected(): boolean {
      return this.#origin.redirected
    }
    override get type(): ResponseType {
      return this.#origin.type
    }
    override get statusText(): string {
      return this.#origin.statusText
    }
    override get headers(): Headers {
      return this.#origin.headers
    }
    override clone(): Response {
      return new MeteredClone(super.clone(), this.#origin)
    }
  }

  /** A clone's body is its own; the rest is still the origin's, with headers that are its own copy. */
  class MeteredClone extends MeteredResponse {
    readonly #headers: Headers

    constructor(clone: Response, origin: Response) {
      super(origin, clone.body)
      this.#headers = new Headers(origin.headers)
    }
    override get headers(): Headers {
      return this.#headers
    }
  }

  for (const shape of [MeteredResponse, MeteredClone]) {
    Object.defineProperty(shape, 'name', { value: 'Response' })
    Object.defineProperty(shape.prototype, 'constructor', { value: Base, writable: true, configurable: true })
  }
  return (origin, body) => new MeteredResponse(origin, body)
}
