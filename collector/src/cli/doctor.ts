/**
 * `spanmeter doctor`: looks at everything that a collector needs, and says what to do.
 *
 * Invariant: works with the collector running or not; it changes nothing, and one check that fails stops no other.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkAccess } from '../access/live-access.ts'
import { ConfigError } from '../config/error.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { checkDirectory, checkHolder, checkQuarantine, checkRoom, checkSpool } from '../doctor/disk.ts'
import { type Finding, ok, problem } from '../doctor/finding.ts'
import { checkEngine, checkNode, checkPrices } from '../doctor/machine.ts'
import { checkPorts } from '../doctor/ports.ts'
import { checkStore } from '../doctor/store.ts'
import type { CommandIo } from './command.ts'
import { CommandError } from './request.ts'

const HELP = `spanmeter doctor: configuration, disk, ports, ClickHouse, clocks, schema, retention and prices

usage: spanmeter doctor [--json]

  --json               the findings as JSON
  --help               this text

Run it with the environment of the collector, as its user, with the collector running or not. Where none runs, the
embedded ClickHouse of its data directory is started for a moment.

exit codes: 0 no problem (there may be warnings), 1 a problem, 2 bad arguments
`

/** Runs the command; returns the exit code. */
export async function doctorCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const values = options(argv)
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const findings = await examine(io)
  io.stdout.write(values.json === true ? `${JSON.stringify({ findings }, null, 2)}\n` : table(findings))
  return findings.some(({ level }) => level === 'problem') ? 1 : 0
}

async function examine(io: CommandIo): Promise<Finding[]> {
  const machine = [checkNode(process.versions.node), checkPrices(io.now())]
  let config: CollectorConfig
  try {
    config = io.config()
    await checkAccess(config)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const faults = error.faults.map((fault) => problem('configuration', fault, 'correct it'))
    return [...faults, ...machine]
  }
  const dataDir = resolve(config.dataDir)
  const { pid, finding: holder } = await checkHolder(dataDir)
  const running = pid !== undefined
  return [
    ok('configuration', 'can be used'),
    ...machine,
    checkEngine(config.clickhouse.url !== undefined),
    ...(await attempt('data directory', async () => [await checkDirectory(dataDir), holder])),
    ...(await attempt('disk', async () => [await checkRoom(dataDir, config)])),
    ...(await attempt('spool', async () => [await checkSpool(dataDir, config, running, io.now())])),
    ...(await attempt('quarantine', async () => [await checkQuarantine(dataDir)])),
    ...(await attempt('port', () => checkPorts(config, running))),
    ...(await attempt('ClickHouse', () => checkStore(config, dataDir, running, io.now))),
  ]
}

async function attempt(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (error) {
    return [
      problem(
        check,
        `cannot be looked at: ${(error as Error).message}`,
        'run it as the user of the collector',
      ),
    ]
  }
}

const MARKS = { ok: 'ok', warning: 'WARN', problem: 'FAIL' } as const

function table(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, level, found, todo }) => [
    `${MARKS[level].padEnd(4)}  ${check.padEnd(width)}  ${found}`,
    ...(todo === undefined ? [] : [`${' '.repeat(width + 8)}→ ${todo}`]),
  ])
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const end = `${count('problem')} problems, ${count('warning')} warnings, ${count('ok')} in order`
  return `${lines.map((line) => line.replaceAll(/\p{Cc}/gu, ' ')).join('\n')}\n\n${end}\n`
}

function options(argv: readonly string[]) {
  try {
    const known = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...argv], options: known }).values
  } catch (cause) {
    const reason = (cause as Error).message.split('. ')[0]
    throw new CommandError(`cannot look: ${reason}; try spanmeter doctor --help`, 2, { cause })
  }
}
