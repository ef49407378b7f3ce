/** A configuration that cannot be used: the process ends with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** `path: what is wrong`, one each. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`cannot use the configuration:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}
