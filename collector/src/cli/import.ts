/**
 * `spanmeter import`: calls that another system has recorded.
 *
 * Invariant: it may be run again at any time: a call that is there is not sent again.
 */
import { parseArgs } from 'node:util'
import { importCalls } from '../import/import-calls.ts'
import { LANGFUSE_SCOPE, langfuse } from '../import/langfuse.ts'
import type { CommandIo } from './command.ts'
import { instant } from './options.ts'
import { CommandError, DEFAULT_URL } from './request.ts'

const HELP = `spanmeter import: calls that another system has recorded, each once

usage: spanmeter import langfuse [--since 30d] [options]

  --since <when>       start: 24h, 7d, 4w ago, or an ISO date-time (30d)
  --until <when>       end (exclusive), the same way; default: now
  --tenant <name>      the tenant of every call
  --tenant-key <key>   the key of an observation's metadata that names its tenant
  --service <name>     the service that they are shown under (langfuse)
  --url <address>      the collector (SPANMETER_URL, or ${DEFAULT_URL})
  --help               this text

LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and LANGFUSE_BASE_URL (https://cloud.langfuse.com) say where from. Generations
and embeddings are read, without prompts and answers. SPANMETER_TOKEN holds the token, where the collector asks for one;
its role must be admin.
`

const OPTIONS = {
  since: { type: 'string', default: '30d' },
  until: { type: 'string', default: '0m' },
  tenant: { type: 'string' },
  'tenant-key': { type: 'string' },
  service: { type: 'string', default: 'langfuse' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Runs the command; returns the exit code. */
export async function importCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = read(argv)
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  if (positionals.length !== 1 || positionals[0] !== 'langfuse')
    throw new CommandError(
      `cannot import ${positionals.join(' ') || 'from nowhere'}: only langfuse is known; try spanmeter import --help`,
      2,
    )
  const { LANGFUSE_PUBLIC_KEY: publicKey, LANGFUSE_SECRET_KEY: secretKey } = io.env
  if (!publicKey || !secretKey)
    throw new CommandError('cannot import: set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY', 2)
  const url = io.env.LANGFUSE_BASE_URL || io.env.LANGFUSE_HOST || 'https://cloud.langfuse.com'
  const when = (option: 'since' | 'until') => at(option, values[option], io.now())
  const line = (text: string) => io.stderrIsTerminal && io.stderr.write(`\r\u001b[K${text}`)
  const { sent, there } = await importCalls({
    source: langfuse({ url, publicKey, secretKey, tenant: values.tenant, tenantKey: values['tenant-key'] }),
    target: {
      url: values.url ?? (io.env.SPANMETER_URL || DEFAULT_URL),
      token: io.env.SPANMETER_TOKEN || undefined,
    },
    range: { start: when('since'), end: when('until') },
    ...{ service: values.service, scope: LANGFUSE_SCOPE },
    onProgress: (done) => line(`${done.sent} calls imported, ${done.there} were there`),
  })
  line('')
  io.stdout.write(`${sent} calls imported, ${there} were there already\n`)
  return 0
}

function at(option: string, text: string, now: number): number {
  const ms = Date.parse(text === '0m' ? new Date(now).toISOString() : instant(text, now))
  if (Number.isNaN(ms))
    throw new CommandError(
      `cannot import: --${option} ${text} is no time; write 7d or 2026-03-01T00:00:00Z`,
      2,
    )
  return ms
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (cause) {
    const reason = (cause as Error).message.split('. ')[0]
    throw new CommandError(`cannot import: ${reason}; try spanmeter import --help`, 2, { cause })
  }
}
