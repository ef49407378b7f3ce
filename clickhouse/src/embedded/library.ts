/**
 * Finds the engine's shared library for this machine.
 *
 * Invariant: where there is none, the answer is an `EngineUnavailable` that names the platform and the way
 * out, before any process is started.
 */
import { createRequire } from 'node:module'
import { libchdbPath } from 'chdb/libchdb'
import { EngineUnavailable } from './errors.ts'

/** The `chdb` package that this code was measured with. */
const CHDB_VERSION = '3.4.0'
/** The ClickHouse release inside it, as `version()` reports it, up to the patch. */
export const ENGINE_RELEASE = '26.7.'

/** What the choice depends on; `process` and its report in real life. */
export interface Platform {
  platform: string
  arch: string
  /** glibc's version, absent on musl and everywhere but on Linux. */
  glibc: string | undefined
}

/** Says why `platform` has no engine, or `undefined` where it has one. */
export function unsupported({ platform, arch, glibc }: Platform): string | undefined {
  const here = `${platform}-${arch}`
  const supported = 'the embedded ClickHouse needs Linux with glibc or macOS, on x64 or arm64'
  if (platform === 'linux' && glibc === undefined) return `this is ${here} with musl; ${supported}`
  if ((platform === 'linux' || platform === 'darwin') && (arch === 'x64' || arch === 'arm64'))
    return undefined
  return `this is ${here}; ${supported}`
}

/** Absolute path of the library. Throws `EngineUnavailable` where there is none or it is another release. */
export function findLibrary(platform: Platform = thisPlatform()): string {
  const reason = unsupported(platform)
  if (reason !== undefined) {
    throw new EngineUnavailable(
      `cannot start the embedded ClickHouse: ${reason}; set CLICKHOUSE_URL to a ClickHouse server instead`,
    )
  }
  const { version } = createRequire(import.meta.url)('chdb/package.json') as { version: string }
  if (version !== CHDB_VERSION) {
    throw new EngineUnavailable(
      `cannot start the embedded ClickHouse: package chdb is ${version}, this release needs ${CHDB_VERSION}; reinstall with npm ci`,
    )
  }
  try {
    return libchdbPath({ env: {} })
  } catch (cause) {
    throw new EngineUnavailable(
      `cannot start the embedded ClickHouse: no engine library for ${platform.platform}-${platform.arch} is installed; run npm ci without --omit=optional, or set CLICKHOUSE_URL to a ClickHouse server`,
      { cause },
    )
  }
}

function thisPlatform(): Platform {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return { platform: process.platform, arch: process.arch, glibc: report.header?.glibcVersionRuntime }
}
