/**
 * Why the embedded engine could not be had. Each message is one sentence that a person can act on.
 */

/** The engine cannot start here: platform, directory, library or the engine's own refusal. */
export class EngineUnavailable extends Error {
  override readonly name: string = 'EngineUnavailable'
}

/** Another process holds the data directory; `pid` is its process id where it is known. */
export class EngineHeld extends EngineUnavailable {
  override readonly name: string = 'EngineHeld'
  readonly pid: number | undefined

  constructor(dataDir: string, pid: number | undefined, options?: ErrorOptions) {
    const holder = pid === undefined ? 'another process' : `process ${pid}`
    super(
      `cannot open data directory ${dataDir}: ${holder} holds it; stop that process or set SPANMETER_DATA_DIR to another directory`,
      options,
    )
    this.pid = pid
  }
}
