/**
 * `spanmeter`: starts the collector and stops it on a signal.
 *
 * Invariant: the only file that reads the process: its arguments, environment, signals and exit code.
 */
import { readFileSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import { tokensRequired } from './access/live-access.ts'
import { COMMANDS_HELP, runCommand } from './cli/command.ts'
import { type Collector, startCollector } from './collector.ts'
import { ConfigFile } from './config/config-file.ts'
import { ConfigError } from './config/error.ts'
import { readConfig } from './config/read.ts'
import type { CollectorConfig } from './config/schema.ts'
import { isLoopback } from './guard.ts'

const HELP = `spanmeter: receives OpenTelemetry spans, keeps them in ClickHouse and answers what was spent

usage: spanmeter [--help] [--version]
${COMMANDS_HELP}
environment (a YAML file may set the same and more, see SPANMETER_CONFIG):
  SPANMETER_PORT         port of everything (4318)
  SPANMETER_GRPC_PORT    port of OTLP/gRPC, or none (4317)
  SPANMETER_HOST         address to listen on (127.0.0.1)
  SPANMETER_DATA_DIR     directory of the spool and the embedded ClickHouse (.spanmeter)
  SPANMETER_CONFIG       path of a YAML file
  SPANMETER_AUTH         auto (beyond loopback a token is needed), tokens (always) or none (auto)
  SPANMETER_TOKENS_FILE  file of spanmeter token (tokens.json in the data directory)
  SPANMETER_TLS_CERT_FILE, SPANMETER_TLS_KEY_FILE  certificate and key, PEM; HTTPS then
  SPANMETER_STOP_WITHIN_MS  time to store what is left at a stop, milliseconds (5000)
  SPANMETER_LOG_LEVEL    fatal, error, warn, info, debug, trace or silent (info)
  CLICKHOUSE_URL         http(s)://user:password@host:port/database; the embedded ClickHouse when absent
  CLICKHOUSE_READER_URL  the same for a read-only user; the user above, held read-only, when absent

exit codes: 0 stopped, 1 cannot start or stop, 2 bad arguments or configuration
`

/** Of the time that a stop may take, milliseconds: what is kept back, and what is needed once everything is stored. */
const KEPT_BACK_MS = 200
const AFTER_STORING_MS = 1800

async function main(): Promise<void> {
  const [first] = process.argv.slice(2)
  if (first === '--help' || first === '-h') {
    process.stdout.write(HELP)
    return
  }
  if (first === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    process.stdout.write(`${version}\n`)
    return
  }
  const code = await command()
  if (code !== undefined) {
    process.exitCode = code
    return
  }
  if (first !== undefined)
    fail(2, `cannot understand argument ${first}: it is not known; try spanmeter --help`)
  const config = orEnd(loadConfig)
  const log = pino({ level: config.logLevel, base: null }, pino.destination(2))
  let collector: Collector
  try {
    collector = await startCollector({ config, log, readConfig: loadConfig, configFile: fileOf(process.env) })
  } catch (error) {
    fail(error instanceof ConfigError ? 2 : 1, error instanceof Error ? error.message : String(error))
  }
  // before it is said that we listen: whoever reads that may send a signal at once
  reloadOnSignal(collector, log)
  stopOnSignal(collector, log, config.stopWithinMs - KEPT_BACK_MS)
  greet(collector, config)
}

/** The command that the arguments name, asked of a running collector. */
function command(): Promise<number | undefined> {
  const { stdout, stderr, env } = process
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // whoever reads us has seen enough
    if (error.code !== 'EPIPE') throw error
  })
  return runCommand(process.argv.slice(2), {
    ...{ stdout, stderr, env, now: Date.now },
    ...{ stdoutIsTerminal: stdout.isTTY === true, stderrIsTerminal: stderr.isTTY === true },
    config: loadConfig,
  })
}

/** The file of the configuration, where there is one. */
function fileOf(environment: NodeJS.ProcessEnv): ConfigFile | undefined {
  const path = environment.SPANMETER_CONFIG
  return path ? new ConfigFile(path, environment) : undefined
}

/** Environment and file as they are now. Throws `ConfigError`. */
function loadConfig(): CollectorConfig {
  const path = process.env.SPANMETER_CONFIG
  if (path === undefined || path === '') return readConfig(process.env)
  let file: string
  try {
    file = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError([
      `SPANMETER_CONFIG: cannot read ${path}: ${(error as Error).message}; name a YAML file that can be read`,
    ])
  }
  return readConfig(process.env, file)
}

function orEnd<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) fail(2, error.message)
    throw error
  }
}

function reloadOnSignal(collector: Collector, log: Logger): void {
  process.on('SIGHUP', () => {
    collector
      .reload()
      .catch((error: unknown) =>
        log.error({ err: error }, 'cannot use the changed configuration; the one before it holds'),
      )
  })
}

function greet({ url, grpc, description }: Collector, config: CollectorConfig): void {
  const lines = [
    `spanmeter listens on ${url}`,
    `  dashboards    ${url}/`,
    `  OTLP/HTTP     ${url}/v1/traces`,
    ...(grpc === undefined ? [] : [`  OTLP/gRPC     ${grpc}`]),
    `  API           ${url}/openapi.json`,
    `  store         ${description}`,
  ]
  if (!isLoopback(config.host) && !tokensRequired(config)) {
    lines.push(
      `WARNING: ${config.host} can be reached from other machines and nobody is asked for a token (auth.mode: none):`,
      '  whoever reaches the port can read and write everything. Put it behind a proxy that authenticates.',
    )
  } else if (!isLoopback(config.host) && config.tls.certFile === undefined) {
    lines.push(
      'WARNING: tokens and data travel unencrypted: set tls.certFile and tls.keyFile, or put a proxy with TLS in front.',
    )
  }
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** @param withinMs how long a stop may take in all before the process ends anyway */
function stopOnSignal(collector: Collector, log: Logger, withinMs: number): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => fail(1, 'cannot stop in time; what was accepted is in the spool'), withinMs).unref()
    collector.close(withinMs - AFTER_STORING_MS).then(
      (left) => {
        if (left > 0)
          log.warn({ segments: left }, 'stopped; segments that are not stored yet stay in the spool')
        else log.info('stopped; everything is stored')
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ err: error }, 'cannot stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function fail(code: number, message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

await main()
