/** A request that its sender has to change: answered with `status`, counted, never logged as a failure of ours. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
  readonly status: number
  /** Short and from a fixed set: a label of the metrics. */
  readonly reason: string

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.reason = reason
  }
}
